import { faultMessage } from '../fault-message.ts';

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A command beside the server: `keyhole <name> …`. */
export interface Command {
  /** One line. */
  summary: string;
  /** What `--help` says after it. */
  usage: string;
  /** Throws what went wrong. Prints its result to standard output, and nothing else there. */
  run(args: string[], env: Environment, print: (text: string) => void): Promise<void>;
}

/** The command was called wrongly. Its message is for whoever called it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Runs it. What the process should end with: 0, 1 where it failed, 2 where it was called wrongly. */
export async function runCommand(name: string, command: Command, args: string[], env: Environment): Promise<number> {
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  if (args.includes('--help') || args.includes('-h')) {
    print(`${command.summary}\n\nUsage: keyhole ${name} ${command.usage}`);
    return 0;
  }
  try {
    await command.run(args, env, print);
    return 0;
  } catch (error) {
    const isUsage = error instanceof UsageError || isParseArgsError(error);
    process.stderr.write(
      isUsage ? `${error.message}\nkeyhole ${name} --help says more.\n` : `${faultMessage(error)}\n`,
    );
    return isUsage ? 2 : 1;
  }
}

/** Those of `parseArgs` from `node:util`. */
function isParseArgsError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}
