import { describe, expect, it } from 'vitest';
import { createBus } from '../../../src/events/bus.ts';
import type { RequestRecord } from '../../../src/requests/request.ts';

const MOMENT = new Date(0);
const WAITING: RequestRecord = {
  id: 'request',
  applicationId: 'shop',
  owner: 'ann',
  status: 'PENDING',
  clientSecretId: 'secret',
  clientSecretName: 'openai',
  clientSecretVersion: null,
  url: 'https://api.test/',
  method: 'POST',
  target: 'target',
  queue: null,
  queueKey: null,
  headers: null,
  body: undefined,
  timeoutMs: 1000,
  response: null,
  error: null,
  createdAt: MOMENT,
  startedAt: null,
  updatedAt: MOMENT,
  expiresAt: MOMENT,
};
const STARTED: RequestRecord = { ...WAITING, startedAt: MOMENT };
const ENDED: RequestRecord = { ...STARTED, status: 'RESOLVED' };

function listenTo(bus: ReturnType<typeof createBus>, owner: string | null = null): RequestRecord[] {
  const heard: RequestRecord[] = [];
  bus.watchApplication('shop', owner, (record) => void heard.push(record));
  return heard;
}

describe('the bus', () => {
  it('tells each state once, and no state after a newer one', () => {
    const bus = createBus();
    const heard = listenTo(bus);
    for (const record of [WAITING, WAITING, STARTED, WAITING, ENDED, STARTED, ENDED]) bus.publish(record);
    expect(heard).toEqual([WAITING, STARTED, ENDED]);
  });

  it('does not tell who comes later of what ended while nobody listened, however often it is read again', () => {
    const bus = createBus();
    bus.publish(ENDED);
    const heard = listenTo(bus);
    bus.publish(ENDED);
    expect(heard).toEqual([]);
  });

  it('tells a listener of one owner of that owner alone', () => {
    const bus = createBus();
    const [ann, bob] = [listenTo(bus, 'ann'), listenTo(bus, 'bob')];
    bus.publish(WAITING);
    expect([ann, bob]).toEqual([[WAITING], []]);
  });
});
