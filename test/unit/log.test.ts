import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';

const SECRET = 'sk-test-4f9a1c7be2d84466b0a3';

/** What `write` makes the log write, as text. */
function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog('trace', { write: (line) => void lines.push(line) }));
  expect(lines).toHaveLength(1);
  return lines.join('');
}

function failureOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail');
}

describe('an error in the log', () => {
  it('has its type, message, stack and code', () => {
    const error = Object.assign(new TypeError('It broke'), { code: 'E_BROKEN' });
    const line = JSON.parse(logged((log) => log.error({ err: error, errorId: '7' }, 'unexpected')));
    expect(line).toMatchObject({ errorId: '7', msg: 'unexpected', err: { type: 'TypeError', code: 'E_BROKEN' } });
    expect(line.err.stack).toContain('It broke');
  });

  it.each([
    ['input, as of a URL', failureOf(() => new URL(`not a URL ${SECRET}`))],
    ['detail, as of Postgres', Object.assign(new Error('duplicate key'), { detail: SECRET, parameters: [SECRET] })],
    [
      'headers and a body, as of a request',
      Object.assign(new Error('refused'), { headers: { a: SECRET }, body: SECRET }),
    ],
    ['a cause with such properties', new Error('outer', { cause: Object.assign(new Error('x'), { input: SECRET }) })],
    ['other errors', new AggregateError([Object.assign(new Error('x'), { input: SECRET })], 'many')],
    ['a quoted text, as of JSON', failureOf(() => JSON.parse(`${SECRET}`))],
    [
      'a quoted value, as of Postgres',
      Object.assign(new Error(`invalid input syntax for type uuid: "${SECRET}"`), { code: '22P02' }),
    ],
    ['nothing of an error', { authorization: SECRET }],
    ['only a text', SECRET],
  ])('shows nothing where it carries %s', (_what, error) => {
    expect(logged((log) => log.error({ err: error }, 'unexpected'))).not.toContain(SECRET);
    expect(logged((log) => log.error({ error }, 'unexpected'))).not.toContain(SECRET);
  });
});

it.each(['headers', 'body', 'input', 'url', 'data', 'authorization', 'clientSecret', 'variables'])(
  'a line has no field %s, whoever writes one',
  (name) => {
    expect(logged((log) => log.info({ [name]: { authorization: SECRET } }, 'a line'))).not.toContain(SECRET);
    expect(logged((log) => log.info({ [name]: SECRET, status: 200 }, 'a line'))).toContain('"status":200');
  },
);
