import { parseArgs } from 'node:util';
import { generateMasterKey } from '../secrets/master-keys.ts';
import type { Command } from './command.ts';

export const keysGenerate: Command = {
  summary: 'Makes a master key and prints it: an entry for KEYHOLE_MASTER_KEYS. It is a secret.',
  usage: `

To begin, set KEYHOLE_MASTER_KEYS to it. To rotate, give it to all servers as the last entry ("old,new"): only then can
each open what another seals with it. Then put it first on all of them ("new,old"), run keyhole keys:rewrap, and a day
later take the old one away: user tokens that were issued under it live for that long.`,
  async run(args, _env, print) {
    parseArgs({ args, options: {} });
    print(generateMasterKey());
  },
};
