import { expect, it } from 'vitest';
import { createInFlight } from '../../../src/execution/in-flight.ts';
import type { RequestError } from '../../../src/requests/request.ts';
import { settled } from './model/deferred.ts';
import { draftOf } from './model/scripted-world.ts';

const STOPPED: RequestError = { code: 'CANCELED', message: 'stopped' };

it('stops one, and says so when its end is stored', async () => {
  const inFlight = createInFlight(() => null);
  const abort = inFlight.enter(draftOf('a'));
  const reasons: RequestError[] = [];
  abort.onAbort((reason) => reasons.push(reason));
  let stopped: boolean | undefined;
  void inFlight.stop('a', STOPPED).then((result) => {
    stopped = result;
  });
  await settled();
  expect([reasons, stopped, abort.reason()]).toEqual([[STOPPED], undefined, STOPPED]);
  inFlight.leave('a');
  await settled();
  expect([stopped, inFlight.size, await inFlight.stop('a', STOPPED)]).toEqual([true, 0, false]);
});

it('keeps whoever waits for an end waiting, where it is sent anew', async () => {
  const inFlight = createInFlight(() => null);
  inFlight.enter(draftOf('a'));
  const stopped = inFlight.stop('a', STOPPED);
  expect(inFlight.enter(draftOf('a')).reason()).toBeNull();
  inFlight.leave('a');
  expect(await stopped).toBe(true);
});

it('stops those that are concerned, and no others', () => {
  const inFlight = createInFlight(() => null);
  const queued = inFlight.enter(draftOf('a', 'q'));
  const alone = inFlight.enter(draftOf('b', null));
  inFlight.stopWhere((record) => record.queueKey !== null, STOPPED);
  expect([queued.reason(), alone.reason()]).toEqual([STOPPED, null]);
});

it('lets nothing begin while its guard says why not', () => {
  let reason: RequestError | null = STOPPED;
  const abort = createInFlight(() => reason).enter(draftOf('a'));
  expect(abort.reason()).toBe(STOPPED);
  reason = null;
  expect(abort.reason()).toBeNull();
});
