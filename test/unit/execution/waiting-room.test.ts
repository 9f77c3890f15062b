import { expect, it } from 'vitest';
import { createWaitingRoom } from '../../../src/execution/waiting-room.ts';
import { createManualWheel } from './model/manual-wheel.ts';
import { draftOf } from './model/scripted-world.ts';

function createBench() {
  const wheel = createManualWheel();
  const expired: string[] = [];
  return { wheel, expired, room: createWaitingRoom(wheel, ({ id }) => expired.push(id)) };
}

it('ends what waits too long, once', () => {
  const { wheel, expired, room } = createBench();
  room.enter(draftOf('a'));
  room.enter(draftOf('a'));
  wheel.pass(3_500_000);
  expect([expired, room.size]).toEqual([[], 1]);
  wheel.pass(200_000);
  expect([expired, room.size, room.leave('a')]).toEqual([['a'], 0, undefined]);
});

it('gives back what it kept, and does not end it any more', () => {
  const { wheel, expired, room } = createBench();
  const record = draftOf('a');
  room.enter(record, record);
  expect(room.leave('a')).toBe(record);
  wheel.pass(4_000_000);
  expect([expired, wheel.scheduled]).toEqual([[], 0]);
});

it('keeps no more than so much text: the rest is read again when its turn comes', () => {
  const { room } = createBench();
  const body = 'x'.repeat(8 * 1024 * 1024);
  const enter = (id: string) => room.enter(draftOf(id), { ...draftOf(id), body });
  for (let n = 0; n < 6; n++) enter(`r${n}`);
  expect(room.size).toBe(6);
  const kept = Array.from({ length: 6 }, (_, n) => room.leave(`r${n}`) !== undefined);
  expect(kept).toEqual([true, true, true, false, false, false]);
  enter('again');
  expect(room.leave('again')).toBeDefined();
});
