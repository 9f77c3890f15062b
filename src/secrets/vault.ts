// pure
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { SealedSecret } from './client-secret.ts';
import type { MasterKey } from './master-keys.ts';
import { SecretValue } from './secret-value.ts';

/** The row that a value belongs to. A sealed value opens in its own row and version alone. */
export interface SealIdentity {
  applicationId: string;
  id: string;
  version: number;
}

/**
 * Envelope encryption: each sealing has a data key of its own, which a master key wraps. Both layers are AES-256-GCM with
 * the row's identity as additional data, so that a ciphertext moved to another row, version or layer does not open.
 */
export interface Vault {
  /** ID of the master key that seals. */
  readonly currentKeyId: string;
  seal(identity: SealIdentity, value: SecretValue): SealedSecret;
  /** Throws `VaultError`: never a wrong value. */
  open(identity: SealIdentity, sealed: SealedSecret): SecretValue;
  /** The same encrypted value, its data key wrapped by the current master key. Throws `VaultError`. */
  rewrap(identity: SealIdentity, sealed: SealedSecret): SealedSecret;
}

/** A value cannot be opened. The message is the operator's: it names the row and what to do, and no secret. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
// Node accepts tags of 4 bytes unless told: forging one would take some 2^32 tries.
const TAG = { authTagLength: 16 };
const DATA_KEY_BYTES = 32;

type Layer = 'key' | 'value';

/** The first key seals, all open. */
export function createVault(masterKeys: readonly MasterKey[]): Vault {
  const current = masterKeys[0];
  if (current === undefined) throw new Error('A vault needs at least one master key');
  const ring = new Map(masterKeys.map(({ id, key }) => [id, key]));
  /** Unwrapped, for as long as the sealed object is kept somewhere: half of the time it takes to open. They open no more than
   * the ring does. */
  const dataKeys = new WeakMap<SealedSecret, KeyObject>();

  function unwrap(identity: SealIdentity, sealed: SealedSecret): Buffer {
    const masterKey = ring.get(sealed.keyId);
    if (masterKey === undefined) throw unknownKey(identity, sealed.keyId);
    const dataKey = decrypt(masterKey, sealed.wrappedKey, aad(identity, 'key'));
    if (dataKey?.length !== DATA_KEY_BYTES) throw damaged(identity, sealed.keyId);
    return dataKey;
  }

  function dataKeyOf(identity: SealIdentity, sealed: SealedSecret): KeyObject {
    let dataKey = dataKeys.get(sealed);
    if (dataKey !== undefined) return dataKey;
    const bytes = unwrap(identity, sealed);
    dataKey = createSecretKey(bytes);
    bytes.fill(0);
    dataKeys.set(sealed, dataKey);
    return dataKey;
  }

  return {
    currentKeyId: current.id,
    seal(identity, value) {
      const dataKey = randomBytes(DATA_KEY_BYTES);
      const wrappedKey = encrypt(current.key, dataKey, aad(identity, 'key'));
      const sealedValue = encrypt(dataKey, Buffer.from(value.reveal(), 'utf8'), aad(identity, 'value'));
      dataKey.fill(0);
      return { keyId: current.id, wrappedKey, sealedValue };
    },
    open(identity, sealed) {
      const bytes = decrypt(dataKeyOf(identity, sealed), sealed.sealedValue, aad(identity, 'value'));
      if (bytes === null) throw damaged(identity, sealed.keyId);
      return new SecretValue(bytes.toString('utf8'));
    },
    rewrap(identity, sealed) {
      const dataKey = unwrap(identity, sealed);
      const wrappedKey = encrypt(current.key, dataKey, aad(identity, 'key'));
      dataKey.fill(0);
      return { keyId: current.id, wrappedKey, sealedValue: sealed.sealedValue };
    },
  };
}

// IDs are UUIDs and the version is a number: no two identities read alike.
function aad(identity: SealIdentity, layer: Layer): Buffer {
  return Buffer.from(`keyhole/1/${layer}/${identity.applicationId}/${identity.id}/${identity.version}`);
}

/** Base64 of nonce, ciphertext and tag. */
function encrypt(key: KeyObject | Buffer, plaintext: Buffer, additional: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, TAG).setAAD(additional);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

/** Null unless it was encrypted just so. Nothing of the cipher's own error is kept. */
function decrypt(key: KeyObject | Buffer, sealed: string, additional: Buffer): Buffer | null {
  const bytes = Buffer.from(sealed, 'base64');
  const tagAt = bytes.length - TAG.authTagLength;
  if (tagAt < NONCE_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), TAG);
  decipher.setAAD(additional).setAuthTag(bytes.subarray(tagAt));
  const plaintext = decipher.update(bytes.subarray(NONCE_BYTES, tagAt));
  try {
    decipher.final(); // throws unless the tag is right; GCM holds nothing back for it to return
    return plaintext;
  } catch {
    return null;
  }
}

function unknownKey(identity: SealIdentity, keyId: string): VaultError {
  return new VaultError(
    `Client secret ${identity.id} of application ${identity.applicationId} is sealed under an unknown key id '${keyId}': ` +
      'add it to KEYHOLE_MASTER_KEYS (after the first, so that it opens and does not seal).',
  );
}

function damaged(identity: SealIdentity, keyId: string): VaultError {
  return new VaultError(
    `Client secret ${identity.id} of application ${identity.applicationId} does not open under key '${keyId}': ` +
      'the row is damaged, was taken from another row or version, or KEYHOLE_MASTER_KEYS has another key under this id. ' +
      'Restore the row or the key, or have the value rotated.',
  );
}
