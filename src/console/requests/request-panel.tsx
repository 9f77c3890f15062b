import { useState } from 'preact/hooks';
import { cancelRequest, deleteRequest, sendAgain } from '../api/requests.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { useTask } from '../parts/task.ts';
import type { Session } from '../session.ts';
import { Exchange } from './exchange.tsx';
import { Outcome } from './outcome.tsx';
import type { RequestList } from './request-list.ts';
import { Stages } from './stages.tsx';
import { useDetail } from './use-detail.ts';

interface RequestPanelProps {
  session: Session;
  id: string;
  list: RequestList;
  onClose(): void;
  /** `id`: of the request that was made like this one. */
  onSent(id: string): void;
}

export function RequestPanel({ session: { endpoint }, id, list, onClose, onSent }: RequestPanelProps) {
  const detail = useDetail(endpoint, id, list);
  const [open, setOpen] = useState<'again' | 'delete' | null>(null);
  const task = useTask();
  const request = detail.request.value;
  const error = task.error ?? detail.error.value;
  const close = () => setOpen(null);
  const cancel = () =>
    task.run(async () => {
      detail.request.value = await cancelRequest(endpoint, id);
    });

  return (
    <Panel title={request ? `${request.method} request` : 'Request'} of={id} onClose={onClose}>
      <Problem error={error} />
      {request === null && <p class="nothing">There is no such request any more.</p>}
      {request && (
        <>
          <div class="row actions">
            {request.status === 'PENDING' && (
              <button type="button" aria-busy={task.busy} onClick={cancel}>
                Cancel
              </button>
            )}
            <button type="button" onClick={() => setOpen('again')}>
              Send again
            </button>
            <button type="button" class="danger" onClick={() => setOpen('delete')}>
              Delete
            </button>
          </div>
          <Outcome request={request} />
          <Stages request={request} />
          <Exchange request={request} />
        </>
      )}
      {open === 'again' && request && (
        <Confirm
          title="Send again"
          label="Send"
          onClose={close}
          action={async () => {
            const sent = await sendAgain(endpoint, request);
            close();
            onSent(sent);
          }}
        >
          The third party gets the same request once more, as a new one of yours.
        </Confirm>
      )}
      {open === 'delete' && (
        <Confirm
          title="Delete this request"
          label="Delete"
          danger
          onClose={close}
          action={async () => {
            await deleteRequest(endpoint, id);
            onClose();
            list.drop(id);
          }}
        >
          {request?.status === 'PENDING'
            ? 'It is cancelled first; then it and its response are gone from the history.'
            : 'It and its response are gone from the history.'}
        </Confirm>
      )}
    </Panel>
  );
}
