import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { buildClient } from '../support/built-client.ts';

const TARGET = `
  <input type="hidden" name="clientSecretName" value="s">
  <input type="hidden" name="url" value="https://api.test/">
  <input type="hidden" name="method" value="POST">`;

const PAGE = `<!doctype html>
  <script type="module">
    import { createClient } from '/client.js';
    globalThis.createClient = createClient;
  </script>`;

declare const createClient: typeof import('../../src/client/index.ts').createClient;

let browser: Awaited<ReturnType<typeof openBrowser>>;
let page: Page;

beforeAll(async () => {
  const { directory, remove } = await buildClient();
  const script = await readFile(`${directory}/client.js`, 'utf8');
  await remove();
  browser = await openBrowser();
  await browser.context.route('http://page.test/**', (route) =>
    route.request().url().endsWith('.js')
      ? route.fulfill({ contentType: 'text/javascript', body: script })
      : route.fulfill({ contentType: 'text/html', body: PAGE }),
  );
});
afterAll(() => browser?.close());
beforeEach(async () => {
  page = await browser.context.newPage();
  await page.goto('http://page.test/');
  return () => page.close();
});

/** What the library sends for a form with these controls, or the error that it rejects with. */
async function sent(controls: string, prepare: () => void = () => {}, before = ''): Promise<Record<string, unknown>> {
  await page.evaluate((html) => {
    document.body.innerHTML = html;
  }, `${before}<form id="form">${TARGET}${controls}</form>`);
  await page.evaluate(prepare);
  return page.evaluate(async () => {
    let input: Record<string, unknown> = {};
    const answer = async (_url: unknown, { body }: RequestInit = {}) => {
      ({ input } = JSON.parse(String(body)).variables);
      const request = { id: 'r1', status: 'PENDING' };
      return new Response(JSON.stringify({ data: { submitted: { request } } }));
    };
    const keyhole = createClient({ clientId: 'page', url: '/graphql', fetch: answer });
    try {
      await keyhole.clientSecretRequest(document.querySelector('form') as HTMLFormElement);
    } catch (error) {
      // Errors lose their properties on their way out of the page.
      return { ...(error as object), message: String(error) };
    }
    return input;
  });
}

async function data(controls: string, prepare?: () => void): Promise<unknown> {
  return (await sent(controls, prepare)).data;
}

describe('each kind of control', () => {
  test.each([
    ['text', '<input name="data[a]" value="x">', { a: 'x' }],
    ['text left empty', '<input name="data[a]">', { a: '' }],
    ['number', '<input type="number" name="data[a]" value="1.5" step="any">', { a: 1.5 }],
    ['number left empty', '<input name="data[b]" value="x"><input type="number" name="data[a]">', { b: 'x' }],
    ['range', '<input type="range" name="data[a]" value="7">', { a: 7 }],
    ['textarea', '<textarea name="data[a]">two\nlines</textarea>', { a: 'two\nlines' }],
    ['date', '<input type="date" name="data[a]" value="2026-01-02">', { a: '2026-01-02' }],
    ['checkbox without value, checked', '<input type="checkbox" name="data[a]" checked>', { a: true }],
    ['checkbox without value, not checked', '<input type="checkbox" name="data[a]">', { a: false }],
    ['checkbox with value, checked', '<input type="checkbox" name="data[a]" value="x" checked>', { a: 'x' }],
    [
      'checkbox with value, not checked',
      '<input type="checkbox" name="data[a]" value="x"><input name="data[b]" value="y">',
      { b: 'y' },
    ],
    [
      'radio',
      '<input type="radio" name="data[a]" value="x"><input type="radio" name="data[a]" value="y" checked>',
      { a: 'y' },
    ],
    [
      'radio, none checked',
      '<input type="radio" name="data[a]" value="x"><input type="radio" name="data[a]" value="y"><input name="data[b]">',
      { b: '' },
    ],
    ['select', '<select name="data[a]"><option>x<option value="2" selected>y</select>', { a: '2' }],
    [
      'select multiple',
      '<select name="data[a]" multiple><option selected>x<option>y<option selected>z<option selected disabled>w</select>',
      { a: ['x', 'z'] },
    ],
    ['select multiple, one', '<select name="data[a]" multiple><option selected>x<option>y</select>', { a: ['x'] }],
    ['select multiple, none', '<select name="data[a]" multiple><option>x</select>', { a: [] }],
    ['repeated name', '<input name="data[a]" value="x"><input name="data[a]" value="y">', { a: ['x', 'y'] }],
    [
      'repeated checkbox, one checked',
      '<input type="checkbox" name="data[a]" value="x" checked><input type="checkbox" name="data[a]" value="y">',
      { a: ['x'] },
    ],
    ['empty brackets', '<input name="data[a][]" value="x">', { a: ['x'] }],
    [
      'indexes',
      '<input name="data[a][0][x]" value="1"><input type="number" name="data[a][1][x]" value="2">',
      { a: [{ x: '1' }, { x: 2 }] },
    ],
  ])('%s', async (_, controls, expected) => {
    expect(await data(controls)).toEqual(expected);
  });

  test('what is disabled, a button or without a name is left out', async () => {
    const controls = `
      <input name="data[a]" value="x">
      <input name="data[b]" value="x" disabled>
      <fieldset disabled><input name="data[c]" value="x"></fieldset>
      <select name="data[d]" disabled><option>x</select>
      <button name="data[e]" value="x">Send</button>
      <input type="submit" name="data[f]" value="x"><input type="image" name="data[g]" alt="x">
      <input type="reset" name="data[h]"><input type="button" name="data[i]" value="x">
      <output name="data[j]">x</output><input value="x">`;
    expect(await data(controls)).toEqual({ a: 'x' });
  });

  test('a control outside the form that belongs to it stands in its place of the document', async () => {
    const before = '<input form="form" name="data[z]" value="1"><input name="data[y]" value="of no form">';
    const { data } = await sent('<input name="data[a]" value="2">', undefined, before);
    expect(JSON.stringify(data)).toBe('{"z":"1","a":"2"}');
  });
});

describe('files', () => {
  const multipart = '<input type="hidden" name="headers[Content-Type]" value="multipart/form-data">';

  function chooseFiles(): void {
    for (const input of document.querySelectorAll<HTMLInputElement>('input[type=file]:not(.empty)')) {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array([0, 255, 10])], 'a.bin', { type: 'image/png' }));
      if (input.multiple) transfer.items.add(new File(['text'], 'b'));
      input.files = transfer.files;
    }
  }

  test('become parts of a multipart request; an input without one is left out', async () => {
    const controls = `${multipart}<input type="file" name="data[image]"><input type="file" class="empty" name="data[mask]">
      <input type="file" name="data[more]" multiple>`;
    const part = { filename: 'a.bin', contentType: 'image/png', base64: 'AP8K' };
    expect(await data(controls, chooseFiles)).toEqual({
      image: part,
      more: [part, { filename: 'b', contentType: 'application/octet-stream', base64: 'dGV4dA==' }],
    });
  });

  test('have no place in another request', async () => {
    const error = await sent('<input type="file" name="data[image]">', chooseFiles);
    expect(error).toMatchObject({ code: 'INVALID_PARAMETER', parameter: 'data.image' });
  });
});

describe('the fields beside data', () => {
  test('numbers may stand in inputs of any type; what was left empty was not said', async () => {
    const controls = `<input name="expires" value="60000"><input type="number" name="timeout" value="5000">
      <input name="queue"><input type="hidden" name="poll" value="0">`;
    expect(await sent(controls)).toEqual({
      clientSecretName: 's',
      url: 'https://api.test/',
      method: 'POST',
      expires: 60_000,
      timeout: 5_000,
      idempotencyKey: expect.any(String),
    });
  });

  test.each([
    ['a field that there is not', '<input name="header[Accept]" value="x">'],
    ['a poll that is no number', '<input name="poll" value="soon">'],
    ['a negative poll', '<input type="number" name="poll" value="-1">'],
    ['a beside a[b]', '<input name="data" value="x"><input name="data[a]" value="y">'],
    ['a forbidden key', '<input name="data[__proto__][x]" value="y">'],
  ])('%s is INVALID_PARAMETER', async (_, controls) => {
    expect(await sent(controls)).toMatchObject({ code: 'INVALID_PARAMETER' });
  });
});
