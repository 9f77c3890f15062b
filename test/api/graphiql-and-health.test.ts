import { describe, expect, it } from 'vitest';
import { shareServer } from '../support/shared.ts';

const shared = shareServer();
const production = shareServer({ env: { NODE_ENV: 'production' } });

describe('GraphiQL', () => {
  it('is served at /graphql with all that it needs, and a first tab that shows the main job', async () => {
    const response = await fetch(shared.server.url, {
      headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    const html = await response.text();
    expect(html).toContain('clientSecretRequest');
    expect(html).toContain('$CLIENT_SECRET');
    expect(html).not.toMatch(/<(script|link)[^>]+(src|href)=["']?(https?:)?\/\//);
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*connect-src 'self'/);
  });

  it('is not served in production unless it is told to, nor is the schema', async () => {
    const { url } = production.server;
    const response = await fetch(url, { headers: { accept: 'text/html' } });
    expect(response.status).not.toBe(200);
    const app = await production.server.createApplication();
    const { errors } = await production.server.post(app.asApplication, '{ __schema { types { name } } }');
    expect(errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const { data } = await shared.server.post(
      (await shared.server.createApplication()).asVisitor(),
      '{ __schema { queryType { name } } }',
    );
    expect(data).toEqual({ __schema: { queryType: { name: 'Query' } } });
  });

  it('leaves no hints of the schema in errors where it is hidden', async () => {
    const app = await production.server.createApplication();
    const { text } = await production.server.post(app.asApplication, '{ viewerr { kind } }');
    expect(text).not.toMatch(/did you mean/i);
  });
});

describe('health', () => {
  it('is 200 while the process lives, and ready is 200 while it takes requests', async () => {
    const { origin } = new URL(shared.server.url);
    expect((await fetch(`${origin}/health`)).status).toBe(200);
    expect((await fetch(`${origin}/ready`)).status).toBe(200);
    expect((await fetch(`${origin}/health`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${origin}/nothing`)).status).toBe(404);
  });
});
