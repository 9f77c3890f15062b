import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import type { Command } from './command.ts';
import { withDatabase } from './database.ts';

export const migrate: Command = {
  summary: 'Brings the tables of the database up to this version.',
  usage: `

Reads DATABASE_URL, or DATA_DIR for the embedded database. Servers do the same at their start unless
KEYHOLE_MIGRATE=false. Safe to run many times, and many at a time.`,
  async run(args, env, print) {
    parseArgs({ args, options: {} });
    await withDatabase(readConfig(env, { masterKeys: false }), async (database) => {
      const steps = await database.migrate();
      print(steps.length === 0 ? 'Nothing to do: the database is up to date' : `Done: ${steps.join(', ')}`);
    });
  },
};
