import { type Command, type Environment, runCommand } from './command.ts';
import { keysGenerate } from './keys-generate.ts';
import { keysRewrap } from './keys-rewrap.ts';
import { migrate } from './migrate.ts';
import { operator } from './operator.ts';

const COMMANDS: Record<string, Command> = {
  'keys:generate': keysGenerate,
  'keys:rewrap': keysRewrap,
  migrate,
  operator,
};

/** Runs what the command line names; what the process should end with. */
export async function runNamed([name = '', ...args]: readonly string[], env: Environment): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return runCommand(name, command, args, env);
  const isHelp = name === '--help' || name === '-h' || name === 'help';
  const output = isHelp ? process.stdout : process.stderr;
  output.write(isHelp ? help() : `There is no command ${name}.\n\n${help()}`);
  return isHelp ? 0 : 2;
}

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  keyhole ${name.padEnd(14)} ${summary}`);
  return `  keyhole ${''.padEnd(14)} Starts the server; its settings are environment variables (README.md).
${lines.join('\n')}

Each has --help.
`;
}
