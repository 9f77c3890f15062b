import { useEffect, useState } from 'preact/hooks';
import type { Queue } from '../api/types.ts';
import { ListView } from '../parts/list-view.tsx';
import { Live } from '../parts/live.tsx';
import { Address, Table } from '../parts/table.tsx';
import { Since } from '../parts/time.tsx';
import { href } from '../route.ts';
import type { Session } from '../session.ts';
import { createQueueList } from './queue-list.ts';

const COLUMNS = [
  ['Queue'],
  ['Method', 'mid-only'],
  ['URL'],
  ['Waiting', 'number'],
  ['Oldest waits', 'number'],
  ['Being sent'],
] as const;

export function Queues({ session }: { session: Session }) {
  const [list] = useState(() => createQueueList(session.endpoint));
  useEffect(() => list.start(), [list]);
  const queues = list.queues.value ?? [];

  return (
    <ListView title="Queues" error={list.error.value} tools={<Live liveness={list.liveness} />}>
      {list.queues.value?.length === 0 && <p class="nothing">Nothing waits.</p>}
      {queues.length > 0 && (
        <div class="scroll">
          <Table class="queues" columns={COLUMNS}>
            {queues.map((queue) => (
              <QueueRow key={queue.id} queue={queue} />
            ))}
          </Table>
        </div>
      )}
    </ListView>
  );
}

function QueueRow({ queue: { queue, method, url, waitingCount, oldestWaitingAt, sending } }: { queue: Queue }) {
  return (
    <tr>
      <td class="name">
        <a href={href('requests', null, { queue, method, url, status: 'PENDING' })}>{queue}</a>
      </td>
      <td class="mid-only">
        <code>{method}</code>
      </td>
      <td class="cut url">
        <span title={url}>
          <Address url={url} />
        </span>
      </td>
      <td class="number">{waitingCount}</td>
      <td class="number">{oldestWaitingAt && <Since at={oldestWaitingAt} />}</td>
      <td class="wraps">
        {sending ? (
          <a href={href('requests', sending.id)}>
            {sending.clientSecretName}
            {sending.startedAt && [', for ', <Since key="since" at={sending.startedAt} />]}
          </a>
        ) : (
          <span class="faint">nothing</span>
        )}
      </td>
    </tr>
  );
}
