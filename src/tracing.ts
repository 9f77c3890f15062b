import { type Attributes, context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { EndStep, Step } from './execution/observer.ts';
import type { RequestRecord, TraceContext } from './requests/request.ts';

/**
 * Spans by OpenTelemetry's API alone. Where the process has loaded no SDK (`node --import`) the API's own tracer does
 * nothing, at well under a microsecond a span.
 */
const tracer = trace.getTracer('keyhole');

/** Runs an operation in a span of its own; `run` gets the context that the spans of its requests belong in. */
export async function traceOperation<T extends object>(
  type: string,
  name: string | null,
  run: (traceContext: TraceContext) => T | Promise<T>,
): Promise<T> {
  const attributes: Attributes = { 'graphql.operation.type': type };
  if (name !== null) attributes['graphql.operation.name'] = name;
  const span = tracer.startSpan(type, { attributes });
  const traceContext = trace.setSpan(context.active(), span);
  try {
    const result = await context.with(traceContext, () => run(traceContext));
    if ('errors' in result) span.setStatus({ code: SpanStatusCode.ERROR });
    return result;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

/** A span of one request: of the operation that submitted it, or, after a takeover, a trace of its own. */
export function beginStep(step: Step, record: RequestRecord): EndStep {
  const kind = step === 'upstream' ? SpanKind.CLIENT : SpanKind.INTERNAL;
  const span = tracer.startSpan(step, { kind }, record.trail?.trace ?? ROOT_CONTEXT);
  if (!span.isRecording()) return doNothing;
  span.setAttributes({ 'keyhole.request.id': record.id, 'keyhole.application.id': record.applicationId });
  if (step === 'upstream') span.setAttributes(destinationOf(record));
  return (outcome) => {
    if (typeof outcome === 'number') span.setAttribute('http.response.status_code', outcome);
    if (typeof outcome === 'string') {
      span.setAttribute('error.type', outcome).setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  };
}

function doNothing(): void {}

/** Host and method; never the path, which may hold anything. */
function destinationOf({ url, method }: RequestRecord): Attributes {
  return { 'http.request.method': method, ...(URL.canParse(url) && { 'server.address': new URL(url).hostname }) };
}
