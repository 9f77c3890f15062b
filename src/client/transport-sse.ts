import { type Endpoint, readResult } from './endpoint.ts';
import { fromGraphQL, networkError } from './errors.ts';
import { createEventParser, type StreamEvent } from './event-stream.ts';
import { linkedController, type Sink, type Transport } from './transport.ts';

/** A connection on which not even a comment came for so many milliseconds is taken for dead: a laptop slept, a network changed. */
const SILENCE = 45_000;

/** Subscriptions by Server-Sent Events, one connection each ("distinct connections mode" of graphql-sse). */
export function createSseTransport(endpoint: Endpoint): Transport {
  return {
    // Over HTTP/1.1 a browser opens six connections to a server, for all tabs together, and submissions need one too.
    streams: 2,
    async subscribe(operation, sink, signal) {
      const { controller, unlink } = linkedController(signal);
      let watchdog = setTimeout(() => controller.abort(), SILENCE);
      try {
        const response = await endpoint.post(operation, 'text/event-stream', controller.signal);
        for await (const event of readEvents(response)) {
          clearTimeout(watchdog);
          watchdog = setTimeout(() => controller.abort(), SILENCE);
          if (event === 'opened') sink.opened();
          else if (event === 'alive') sink.alive();
          else if (!deliver(event, sink)) return;
        }
      } catch (error) {
        if (controller.signal.aborted && !signal.aborted) throw networkError('The stream fell silent', error);
        throw error;
      } finally {
        clearTimeout(watchdog);
        unlink();
        controller.abort();
      }
    },
  };
}

/** False once the server completed the stream. */
function deliver({ event, data }: StreamEvent, sink: Sink): boolean {
  if (event === 'complete') return false;
  if (event !== 'next') return true;
  const result = JSON.parse(data);
  if (result.errors?.length) throw fromGraphQL(result.errors[0]);
  sink.next(result.data);
  return true;
}

/** `opened` when the answer begins, `alive` for bytes that were no event. */
async function* readEvents(response: Response): AsyncGenerator<StreamEvent | 'opened' | 'alive'> {
  if (!response.body || !response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
    throw await refusal(response);
  }
  yield 'opened';
  const parse = createEventParser();
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const chunk = await reader.read().catch((cause) => {
      throw networkError('The stream broke', cause);
    });
    if (chunk.done) return;
    yield 'alive';
    yield* parse(decoder.decode(chunk.value, { stream: true }));
  }
}

/** What is not the server's own word is of something on the way that lets no stream through: whether the server can be asked will show. */
async function refusal(response: Response): Promise<Error> {
  const { errors } = await readResult(response).catch(() => ({ errors: undefined }));
  return errors?.length ? fromGraphQL(errors[0]) : networkError('The answer is not an event stream');
}
