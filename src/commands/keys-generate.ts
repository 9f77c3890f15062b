import { parseArgs } from 'node:util';
import { generateMasterKey } from '../secrets/master-keys.ts';
import type { Command } from './command.ts';

export const keysGenerate: Command = {
  summary: 'Makes a master key and prints it: an entry for KEYHOLE_MASTER_KEYS. It is a secret.',
  usage: `

To begin, set KEYHOLE_MASTER_KEYS to it. To rotate, put it before the entries that are there ("new,old"), start all servers
with that, run keyhole keys:rewrap, and then take the old ones away.`,
  async run(args, _env, print) {
    parseArgs({ args, options: {} });
    print(generateMasterKey());
  },
};
