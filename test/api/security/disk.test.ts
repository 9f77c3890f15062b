import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startKeyhole } from '../../support/keyhole-process.ts';
import { SUBMIT } from '../../support/secrets.ts';
import { startThirdParty } from '../../support/third-party.ts';

/** It starts a process twice, each time compiling the sources. */
const SLOW_MS = 90_000;
const VALUE = 'kH7/q+W"m&Z=éX2vB9tR';
const CREATE = `mutation ($input: CreateApplicationInput!) { createApplication(input: $input) { clientId clientSecret } }`;
const KEEP =
  'mutation ($input: CreateClientSecretInput!) { createClientSecret(input: $input) { clientSecret { id } } }';
const FIND = 'query ($id: ID!) { clientSecretRequest(id: $id) { status error { code } } }';

/** Where in the files of a folder one of `needles` stands. */
async function filesWith(folder: string, needles: readonly Buffer[]): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    if (needles.some((needle) => bytes.includes(needle))) found.push(entry.name);
  }
  return found;
}

function formsOf(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  const inBase64 = ['', 'a', 'ab'].map((before) =>
    Buffer.from(before + value)
      .toString('base64')
      .slice(4, 20),
  );
  return [
    bytes,
    Buffer.from(JSON.stringify(value)),
    Buffer.from(value, 'latin1'),
    Buffer.from(bytes.toString('hex')),
    ...inBase64.map((text) => Buffer.from(text)),
  ];
}

test(
  'a killed server leaves no secret on the disk, however far it had come',
  async ({ skip }) => {
    if (inject('snapshot') === null) return skip('It is about the folder of the embedded database');
    const folder = await mkdtemp(join(tmpdir(), 'keyhole-disk-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const thirdParty = await startThirdParty();
    onTestFinished(() => thirdParty.close());
    const keyhole = await startKeyhole({
      DATA_DIR: folder,
      KEYHOLE_ALLOW_ADDRESSES: '127.0.0.1/32',
      KEYHOLE_ALLOW_HTTP_HOSTS: `127.0.0.1:${thirdParty.port}`,
    });
    onTestFinished(() => keyhole.close());
    interface Made {
      createApplication: { clientId: string; clientSecret: string };
    }
    const { createApplication: made } = await keyhole.run<Made>(CREATE, { input: { name: 'disk' } });
    const backend = { 'x-client-id': made.clientId, 'x-client-secret': made.clientSecret };
    const kept = {
      name: 'openai',
      clientSecret: VALUE,
      allowedUrls: [thirdParty.origin],
      allowedPlacements: ['DATA'],
      notes: 'a-note-to-find',
    };
    await keyhole.run(KEEP, { input: kept }, backend);
    const input = {
      clientSecretName: 'openai',
      url: thirdParty.origin,
      method: 'POST',
      data: 'a-body-to-find $CLIENT_SECRET',
    };
    const send = (more: object) =>
      keyhole.run<{ clientSecretRequest: { request: { id: string } } }>(
        SUBMIT,
        { input: { ...input, ...more } },
        backend,
      );
    thirdParty.answerWith(({ body }) => ({ body: `echoed ${body}` }));
    await send({ wait: 10_000 });
    thirdParty.hold();
    const { clientSecretRequest } = await send({});
    await thirdParty.received(2);
    await keyhole.kill();
    await keyhole.start();
    const { id } = clientSecretRequest.request;
    for (let status = 'PENDING'; status === 'PENDING'; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const { clientSecretRequest: found } = await keyhole.run<{
        clientSecretRequest: { status: string; error: unknown };
      }>(FIND, { id }, backend);
      status = found.status;
      if (status !== 'PENDING') expect(found).toEqual({ status: 'FAILED', error: { code: 'OUTCOME_UNKNOWN' } });
    }
    await keyhole.kill();

    expect(await filesWith(folder, [Buffer.from('a-note-to-find')])).not.toEqual([]);
    expect(await filesWith(folder, [Buffer.from('a-body-to-find')])).not.toEqual([]);
    expect(await filesWith(folder, [...formsOf(VALUE), Buffer.from(made.clientSecret)])).toEqual([]);
  },
  SLOW_MS,
);
