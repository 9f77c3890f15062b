import { expect, it } from 'vitest';
import { createInFlight } from '../../../src/execution/in-flight.ts';
import type { RequestError } from '../../../src/requests/request.ts';
import { settled } from './model/deferred.ts';
import { draftOf } from './model/scripted-world.ts';

const STOPPED: RequestError = { code: 'CANCELED', message: 'stopped' };

it('stops one, and says so when its end is stored', async () => {
  const inFlight = createInFlight(() => null);
  const record = draftOf('a');
  const abort = inFlight.enter(record);
  const reasons: RequestError[] = [];
  abort.onAbort((reason) => reasons.push(reason));
  let stopped: boolean | undefined;
  void inFlight.stop('a', STOPPED).then((result) => {
    stopped = result;
  });
  await settled();
  expect([reasons, stopped, abort.reason()]).toEqual([[STOPPED], undefined, STOPPED]);
  inFlight.leave(record, true);
  await settled();
  expect([stopped, inFlight.size, await inFlight.stop('a', STOPPED)]).toEqual([true, 0, false]);
});

it('keeps whoever waits for an end waiting, where it is sent anew', async () => {
  const inFlight = createInFlight(() => null);
  const record = draftOf('a');
  inFlight.enter(record);
  const stopped = inFlight.stop('a', STOPPED);
  expect(inFlight.enter(record).reason()).toBeNull();
  inFlight.leave(record, true);
  expect(await stopped).toBe(true);
});

it('keeps what this process sends as another instance, when the run that lost it leaves', async () => {
  const inFlight = createInFlight(() => null);
  const [lost, anew] = [draftOf('a'), draftOf('a')];
  inFlight.enter(lost);
  const stopped = inFlight.stop('a', STOPPED);
  inFlight.enter(anew);
  inFlight.leave(lost, false);
  expect(inFlight.has('a')).toBe(true);
  inFlight.leave(anew, true);
  expect([await stopped, inFlight.size]).toEqual([true, 0]);
});

it('says so where what was to be stopped has been taken over', async () => {
  const inFlight = createInFlight(() => null);
  const record = draftOf('a');
  inFlight.enter(record);
  const stopped = inFlight.stop('a', STOPPED);
  inFlight.leave(record, false);
  expect(await stopped).toBe(false);
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
