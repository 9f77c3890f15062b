import { describe, expect, it } from 'vitest';
import { createCredentialUse, type UsedCredential } from '../../../src/applications/credential-use.ts';

const A: UsedCredential = { applicationId: 'app', credentialId: 'a' };
const B: UsedCredential = { applicationId: 'app', credentialId: 'b' };
const C: UsedCredential = { applicationId: 'app', credentialId: 'c' };

function setUp(answer: (batch: number) => Promise<void> = async () => {}) {
  const clock = { now: 0 };
  const batches: (readonly UsedCredential[])[] = [];
  const warnings: string[] = [];
  const use = createCredentialUse(
    (credentials) => {
      batches.push(credentials);
      return answer(batches.length);
    },
    { warn: (_, message) => warnings.push(message) },
    () => clock.now,
  );
  return { use, batches, clock, warnings };
}

describe('when credentials were last used', () => {
  it('is written once a minute for each, however often it is used', async () => {
    const { use, batches, clock } = setUp();
    for (let i = 0; i < 10; i++) use.note(A);
    await use.flush();
    clock.now = 59_999;
    use.note(A);
    await use.flush();
    expect(batches).toEqual([[A]]);
    clock.now = 60_000;
    use.note(A);
    await use.flush();
    expect(batches).toEqual([[A], [A]]);
  });

  it('collects while a write is on its way, and is all written when flushed', async () => {
    let finishFirst = () => {};
    const first = new Promise<void>((resolve) => {
      finishFirst = resolve;
    });
    const { use, batches } = setUp((batch) => (batch === 1 ? first : Promise.resolve()));
    use.note(A);
    use.note(B);
    use.note(C);
    const flushed = use.flush();
    finishFirst();
    await flushed;
    expect(batches).toEqual([[A], [B, C]]);
  });

  it('survives a write that fails', async () => {
    const { use, batches, warnings } = setUp((batch) =>
      batch === 1 ? Promise.reject(new Error('gone')) : Promise.resolve(),
    );
    use.note(A);
    await use.flush();
    use.note(B);
    await use.flush();
    expect(batches).toEqual([[A], [B]]);
    expect(warnings).toHaveLength(1);
  });
});
