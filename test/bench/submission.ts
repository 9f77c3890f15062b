// pure
/** What every contender is asked to do: the same bytes for all that speak HTTP. */
export const SECRET_NAME = 'images';

const SUBMIT = `mutation ($input: ClientSecretRequestInput!) {
  clientSecretRequest(input: $input) { request { id status statusCode responseBody } }
}`;

export interface SubmissionInput {
  clientSecretName: string;
  url: string;
  method: 'POST';
  headers: Record<string, string>;
  data: unknown;
  queue?: string;
  wait?: number;
}

export function inputOf(url: string, more: { queue?: string; wait?: number } = {}): SubmissionInput {
  return {
    clientSecretName: SECRET_NAME,
    url,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer $CLIENT_SECRET' },
    data: { model: 'gpt-image-1.5', prompt: 'A cute baby sea otter', n: 1, size: '1024x1024' },
    ...more,
  };
}

/** The operation as a client sends it. */
export function submitBody(input: SubmissionInput): string {
  return JSON.stringify({ query: SUBMIT, variables: { input } });
}

/** The milliseconds that the third party says it took: 0 where it answers at once. */
export function tookIn(answer: string): number {
  const at = answer.indexOf('"took":');
  if (at === -1) throw new Error(`The third party was not reached: ${answer}`);
  return Number.parseFloat(answer.slice(at + 7, at + 20));
}
