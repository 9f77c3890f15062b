import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { assertMigrated } from '../database/migrate.ts';
import { keptMasterKeys } from '../generated-keys.ts';
import { rewrapAll } from '../secrets/rewrap.ts';
import { createVault } from '../secrets/vault.ts';
import type { Command } from './command.ts';
import { withDatabase } from './database.ts';

export const keysRewrap: Command = {
  summary: 'Moves every client secret to the first master key, so that the others can be retired.',
  usage: `

Reads the settings of the server. Servers may run meanwhile, if all of them have the new key already; with the embedded
database stop the server first. May be interrupted and run again. Ends with status 1 where a client secret is left
under another key.`,
  async run(args, env, print) {
    parseArgs({ args, options: {} });
    const config = readConfig(env);
    await withDatabase(config, async ({ kysely }) => {
      await assertMigrated(kysely);
      const vault = createVault(config.masterKeys ?? (await keptMasterKeys(config.dataDir)));
      const { moved, failures, remaining } = await rewrapAll(kysely, vault);
      print(`${moved} moved to ${vault.currentKeyId}, ${remaining} left under other keys`);
      if (remaining > 0) throw new Error(['Not all client secrets were moved:', ...failures].join('\n  '));
    });
  },
};
