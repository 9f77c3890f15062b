import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateOperatorToken } from './applications/credentials.ts';
import { makeFolder } from './folder.ts';
import { generateMasterKey, type MasterKey, parseMasterKeys } from './secrets/master-keys.ts';

/** Where the embedded database's keys are kept, mode 0600. Whoever backs up the folder backs up its keys with it. */
const MASTER_KEYS = 'master-keys';
const OPERATOR_TOKEN = 'operator-token';

export interface KeptText {
  text: string;
  /** Made just now: the operator has not seen it. */
  isNew: boolean;
}

/** The master keys kept in the folder, made at the first start. Throws where what is kept there is damaged. */
export async function keptMasterKeys(dataDir: string): Promise<MasterKey[]> {
  const { text } = await keep(dataDir, MASTER_KEYS, generateMasterKey);
  const { keys, faults } = parseMasterKeys(text);
  if (faults.length > 0) throw new Error(`${join(dataDir, MASTER_KEYS)} is damaged: ${faults.join('; ')}`);
  return keys;
}

/** The operator token kept in the folder, made at the first start. */
export function keptOperatorToken(dataDir: string): Promise<KeptText> {
  return keep(dataDir, OPERATOR_TOKEN, generateOperatorToken);
}

async function keep(dataDir: string, name: string, make: () => string): Promise<KeptText> {
  const path = join(dataDir, name);
  await makeFolder(dataDir);
  const kept = await readKept(path);
  if (kept !== null) return { text: kept, isNew: false };
  const text = make();
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    // A key that a crash loses takes everything with it that it sealed.
    await file.sync();
  } finally {
    await file.close();
  }
  return { text, isNew: true };
}

async function readKept(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
