import { expect, it } from 'vitest';
import { afterSending } from '../../../src/execution/after-sending.ts';
import { settled } from './model/deferred.ts';
import { draftOf } from './model/scripted-world.ts';

/** What is told, and what is sent: undici writes in a round of the event loop of its own. */
function createLog() {
  const log: string[] = [];
  const bus = afterSending({ publish: ({ id }) => log.push(`${id} is told`) });
  return { log, bus, send: (id: string) => setImmediate(() => log.push(`${id} is sent`)) };
}

it('tells of one when the next has been sent, and in order', async () => {
  const { log, bus, send } = createLog();
  bus.publish(draftOf('first'));
  bus.publish(draftOf('second'));
  send('second');
  await settled();
  await settled();
  expect(log).toEqual(['second is sent', 'first is told', 'second is told']);
});

it('tells of what comes later as well', async () => {
  const { log, bus } = createLog();
  bus.publish(draftOf('first'));
  await settled();
  await settled();
  bus.publish(draftOf('second'));
  await settled();
  await settled();
  expect(log).toEqual(['first is told', 'second is told']);
});
