import type { RequestDetail } from '../api/types.ts';
import { Facts } from '../parts/panel.tsx';
import { Body } from './body.tsx';
import { reindent } from './reindent.ts';

/** The request as submitted beside the response as received. */
export function Exchange({ request }: { request: RequestDetail }) {
  const { clientSecretName, clientSecretVersion, url, queue, requestHeaders, requestBody } = request;
  const version = clientSecretVersion === null ? '' : `, version ${clientSecretVersion}`;
  const sent = typeof requestBody === 'string' ? requestBody : JSON.stringify(requestBody, null, 2);
  return (
    <div class="exchange">
      <section aria-label="Request">
        <h3>Request</h3>
        <Facts
          facts={[
            { term: 'URL', value: <code>{url}</code> },
            { term: 'Client secret', value: clientSecretName + version },
            { term: 'Queue', value: queue },
          ]}
        />
        <Headers headers={requestHeaders} />
        {requestBody !== null && <Body name="request" text={sent} />}
      </section>
      <section aria-label="Response">
        <h3>Response</h3>
        <Response request={request} />
      </section>
    </div>
  );
}

function Response({ request }: { request: RequestDetail }) {
  const { status, statusCode, responseHeaders, responseText, responseBase64 } = request;
  if (statusCode === null) return <p class="nothing">{status === 'PENDING' ? 'Not there yet.' : 'There is none.'}</p>;
  const type = String(responseHeaders?.['content-type'] ?? '');
  const isJson = /[/+]json\b/i.test(type);
  return (
    <>
      <Headers headers={responseHeaders} />
      {responseText !== null && <Body name="response" text={isJson ? reindent(responseText) : responseText} />}
      {responseBase64 !== null && <Body name="response" base64={responseBase64} type={type} />}
      {responseText === null && responseBase64 === null && <p class="nothing">It has no body.</p>}
    </>
  );
}

function Headers({ headers }: { headers: Record<string, unknown> | null }) {
  const lines = Object.entries(headers ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => ({ name, value: String(each) })),
  );
  if (lines.length === 0) return null;
  return (
    <details open={lines.length <= 3}>
      <summary>{lines.length === 1 ? '1 header' : `${lines.length} headers`}</summary>
      <ul class="headers">
        {lines.map((line) => (
          <li key={line.name + line.value}>
            <code>
              <b>{line.name}:</b> {line.value}
            </code>
          </li>
        ))}
      </ul>
    </details>
  );
}
