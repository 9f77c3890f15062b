import { afterEach, beforeEach, expect, it } from 'vitest';
import { echo, startThirdParty, type ThirdParty } from '../../support/third-party.ts';

let thirdParty: ThirdParty;
beforeEach(async () => {
  thirdParty = await startThirdParty();
});
afterEach(() => thirdParty.close());

const post = (body: string) => fetch(`${thirdParty.origin}/v1/things?a=1`, { method: 'POST', body });

it('remembers what arrived, and answers as told', async () => {
  thirdParty.answerWith((request) =>
    request.body.toString() === 'echo' ? echo(request) : { status: 418, body: 'tea' },
  );
  expect(await (await post('echo')).json()).toMatchObject({ method: 'POST', url: '/v1/things?a=1', body: 'echo' });
  expect((await post('tea')).status).toBe(418);
  expect(thirdParty.requests.map(({ body }) => body.toString())).toEqual(['echo', 'tea']);
});

it('holds requests until they are let go, and tells which overlapped', async () => {
  const held = thirdParty.hold();
  const first = post('1');
  await thirdParty.received(1);
  const second = post('2');
  await thirdParty.received(2);
  expect(thirdParty.requests.map(({ overlapping, endedAt }) => ({ overlapping, endedAt }))).toEqual([
    { overlapping: 0, endedAt: null },
    { overlapping: 1, endedAt: null },
  ]);
  await held.letOneGo({ status: 201 });
  expect((await first).status).toBe(201);
  held.letAllGo();
  expect((await second).status).toBe(200);
});

it('cuts a connection when told', async () => {
  thirdParty.answerWith(() => 'cut');
  await expect(post('x')).rejects.toThrow();
});
