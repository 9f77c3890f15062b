#!/usr/bin/env node
import { type App, createApp } from './app.ts';
import { runNamed } from './commands/index.ts';
import { type Config, readConfig } from './config.ts';
import { faultMessage } from './fault-message.ts';

/** The only reader of `process.env`, and the only one who ends the process. */
async function main(): Promise<void> {
  const words = process.argv.slice(2);
  if (words.length > 0) {
    process.exitCode = await runNamed(words, process.env);
    return;
  }
  const config = readConfig(process.env);
  const app = await createApp(config);
  endOnSignals(app);
  print(startText(app, config));
}

function startText({ url, made }: App, config: Config): string[] {
  const lines = [`Keyhole is listening on ${url}`];
  if (config.edge.graphiql) lines.push(`GraphiQL: ${url}`);
  if (made.clientId !== null) {
    lines.push('', 'The application "default" is ready. Keep these: they are shown once.');
    lines.push(`  client ID:      ${made.clientId}`, `  client secret:  ${made.clientSecret}`);
  }
  if (made.operatorToken !== null) lines.push(`  operator token: ${made.operatorToken}`);
  return lines;
}

/** Milliseconds. One Ctrl-C reaches a process under npm twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 500;

/** The first signal lets what is being sent finish; the second ends at once. */
function endOnSignals(app: App): void {
  let endingSince: number | undefined;
  async function end(): Promise<void> {
    if (endingSince !== undefined) {
      if (performance.now() - endingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    endingSince = performance.now();
    await app.close();
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end().catch(fail));
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function fail(error: unknown): void {
  process.stderr.write(`${faultMessage(error)}\n`);
  process.exit(1);
}

main().catch(fail);
