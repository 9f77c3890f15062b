import {
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  type SpanOptions,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../src/requests/request.ts';
import { beginStep, traceOperation } from '../../src/tracing.ts';

interface RecordedSpan {
  name: string;
  kind: SpanKind | undefined;
  parent: RecordedSpan | undefined;
  attributes: Attributes;
  failed: boolean;
  ended: boolean;
}

/** As much of an SDK as shows which spans were made. */
function recordSpans(): RecordedSpan[] {
  const spans: RecordedSpan[] = [];
  const recorded = new Map<Span, RecordedSpan>();
  const tracer = {
    startSpan(name: string, options: SpanOptions = {}, parentContext?: Context) {
      const parent = parentContext === undefined ? undefined : trace.getSpan(parentContext);
      const entry: RecordedSpan = {
        name,
        kind: options.kind,
        parent: parent === undefined ? undefined : recorded.get(parent),
        attributes: { ...options.attributes },
        failed: false,
        ended: false,
      };
      const span = {
        isRecording: () => true,
        setAttribute: (key: string, value: string | number) => span.setAttributes({ [key]: value }),
        setAttributes(attributes: Attributes) {
          Object.assign(entry.attributes, attributes);
          return span;
        },
        setStatus() {
          entry.failed = true;
          return span;
        },
        end() {
          entry.ended = true;
        },
      };
      spans.push(entry);
      recorded.set(span as unknown as Span, entry); // what the code under test calls, and no more
      return span;
    },
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer as unknown as Tracer }); // the same
  return spans;
}

const SECRET_PATH = '/v1/customers/42?email=a@b.test';
// Of a record, what spans are made from.
const record = {
  id: 'r1',
  applicationId: 'a1',
  url: `https://api.test${SECRET_PATH}`,
  method: 'POST',
} as RequestRecord;

describe('without an SDK', () => {
  it('operations and steps go their way', async () => {
    expect(await traceOperation('query', 'Name', async () => ({ data: 1 }))).toEqual({ data: 1 });
    expect(() => beginStep('upstream', record)('UPSTREAM_TIMEOUT')).not.toThrow();
  });
});

describe('with an SDK', () => {
  let spans: RecordedSpan[];
  beforeAll(() => {
    spans = recordSpans();
  });
  beforeEach(() => {
    spans.length = 0;
  });
  afterAll(() => trace.disable());

  it('an operation and the steps of its request are one trace', async () => {
    await traceOperation('mutation', 'Ask', async (context) => {
      for (const step of ['admit', 'upstream', 'settle'] as const) {
        beginStep(step, { ...record, trail: { requestId: 'x', trace: context } })();
      }
      return {};
    });
    const [operation, ...steps] = spans;
    expect(operation).toMatchObject({ name: 'mutation', attributes: { 'graphql.operation.name': 'Ask' } });
    expect(steps.map((span) => span.name)).toEqual(['admit', 'upstream', 'settle']);
    for (const step of steps) expect(step).toMatchObject({ parent: operation, failed: false });
    expect(spans.every((span) => span.ended)).toBe(true);
  });

  it('the third party is named by host and method, and nothing else of the URL is told', () => {
    beginStep('upstream', record)(503);
    expect(spans[0]).toMatchObject({
      kind: SpanKind.CLIENT,
      attributes: { 'server.address': 'api.test', 'http.request.method': 'POST', 'http.response.status_code': 503 },
    });
    expect(JSON.stringify(spans[0])).not.toMatch(/customers|a@b/);
  });

  it('a failure is told by its code', () => {
    beginStep('upstream', record)('UPSTREAM_TIMEOUT');
    expect(spans[0]).toMatchObject({ failed: true, ended: true, attributes: { 'error.type': 'UPSTREAM_TIMEOUT' } });
  });

  it('an operation that fails, or has errors in its result, ends as failed', async () => {
    await traceOperation('query', null, async () => ({ errors: [] }));
    await expect(
      traceOperation('query', null, async () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(spans).toMatchObject([
      { failed: true, ended: true },
      { failed: true, ended: true },
    ]);
  });

  it('a request of which the operation is not known begins a trace of its own', async () => {
    await traceOperation('query', null, async () => {
      beginStep('settle', record)();
      return {};
    });
    expect(spans[1]).toMatchObject({ name: 'settle', parent: undefined, ended: true });
  });
});
