import type { Reporter, TestModule } from 'vitest/node';
import { findRequirements, leftOut } from './requirements.ts';

/** Ends a run with what it left out and, on a line of its own, how many tests passed and failed. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state]++;
      // A file that cannot be loaded has no tests to fail.
      counts.failed += module.errors().length;
    }
    counts.failed += unhandledErrors.length;
    const lines = [...leftOut(findRequirements())];
    if (counts.skipped > 0) lines.push(`${counts.skipped} skipped`);
    lines.push(`${counts.passed} passed, ${counts.failed} failed`);
    process.stdout.write(`\n${lines.join('\n')}\n`);
  }
}
