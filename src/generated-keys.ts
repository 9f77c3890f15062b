import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateOperatorToken, MIN_OPERATOR_TOKEN_LENGTH } from './applications/credentials.ts';
import { codeOf } from './error-code.ts';
import { makeFolder } from './folder.ts';
import { generateMasterKey, type MasterKey, parseMasterKeys } from './secrets/master-keys.ts';

/** Where the embedded database's keys are kept, mode 0600. Whoever backs up the folder backs up its keys with it. */
const MASTER_KEYS = 'master-keys';
const OPERATOR_TOKEN = 'operator-token';

export interface KeptText {
  text: string;
  /** Made just now: the operator has not seen it. */
  isNew: boolean;
  /** Keeps it in the folder, where it is new. */
  save(): Promise<void>;
}

/** The master keys kept in the folder, made at the first start. Throws where what is kept there is damaged. */
export async function keptMasterKeys(dataDir: string): Promise<MasterKey[]> {
  const { text, save } = await readOrMake(dataDir, MASTER_KEYS, generateMasterKey);
  await save();
  const { keys, faults } = parseMasterKeys(text);
  if (faults.length > 0) throw new Error(`${join(dataDir, MASTER_KEYS)} is damaged: ${faults.join('; ')}`);
  return keys;
}

/** The operator token kept in the folder, or a new one, to be saved once it will be shown. Throws where the kept one is damaged. */
export async function keptOperatorToken(dataDir: string): Promise<KeptText> {
  const kept = await readOrMake(dataDir, OPERATOR_TOKEN, generateOperatorToken);
  if (kept.text.length < MIN_OPERATOR_TOKEN_LENGTH) {
    throw new Error(
      `${join(dataDir, OPERATOR_TOKEN)} is damaged: it has fewer than ${MIN_OPERATOR_TOKEN_LENGTH} characters. Without it a new one is made`,
    );
  }
  return kept;
}

async function readOrMake(dataDir: string, name: string, make: () => string): Promise<KeptText> {
  const path = join(dataDir, name);
  await makeFolder(dataDir);
  const kept = await readKept(path);
  if (kept !== null) return { text: kept, isNew: false, save: async () => {} };
  const text = make();
  return { text, isNew: true, save: () => write(path, text) };
}

async function write(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    // A key that a crash loses takes everything with it that it sealed.
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readKept(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
