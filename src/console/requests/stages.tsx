import type { RequestDetail } from '../api/types.ts';
import { now } from '../parts/now.ts';
import { Facts } from '../parts/panel.tsx';
import { duration, Time } from '../parts/time.tsx';

interface Stage {
  name: string;
  kind: 'wait' | 'send';
  milliseconds: number;
}

/** Where the time went. */
export function Stages({ request }: { request: RequestDetail }) {
  const { status, createdAt, startedAt, updatedAt, expiresAt } = request;
  const isPending = status === 'PENDING';
  const stages = stagesOf(request);
  const whole = stages.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const words = stages.map(({ name, milliseconds }) => `${name} ${duration(milliseconds)}`);

  return (
    <section aria-label="Times">
      <div class={isPending ? 'stages going' : 'stages'} role="img" aria-label={words.join(', ')}>
        {stages.map(({ kind, milliseconds }) => (
          <div key={kind} class={kind} style={{ flexGrow: whole === 0 ? 1 : milliseconds / whole }} />
        ))}
      </div>
      <p class="legend" aria-hidden="true">
        {stages.map(({ kind }, index) => (
          <span key={kind} class={kind}>
            {words[index]}
          </span>
        ))}
      </p>
      <Facts
        facts={[
          { term: 'Submitted', value: <Time at={createdAt} /> },
          { term: 'Sent', value: startedAt && <Time at={startedAt} /> },
          isPending
            ? { term: 'Expires', value: <Time at={expiresAt} /> }
            : { term: 'Settled', value: <Time at={updatedAt} /> },
        ]}
      />
    </section>
  );
}

function stagesOf({ status, createdAt, startedAt, updatedAt }: RequestDetail): Stage[] {
  const end = status === 'PENDING' ? now.value : Date.parse(updatedAt);
  const sent = startedAt === null ? end : Date.parse(startedAt);
  const wait: Stage = { name: 'Waited', kind: 'wait', milliseconds: Math.max(0, sent - Date.parse(createdAt)) };
  if (startedAt === null) return [wait];
  return [wait, { name: 'Third party', kind: 'send', milliseconds: Math.max(0, end - sent) }];
}
