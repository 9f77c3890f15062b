import type { RequestRow } from '../api/types.ts';
import { Address, Row, RowLink, State } from '../parts/table.tsx';
import { duration, Since, Time } from '../parts/time.tsx';
import { href } from '../route.ts';
import { stateOf } from './words.ts';

interface RequestTableRowProps {
  row: RequestRow;
  isShown: boolean;
  filter: Record<string, string>;
}

export function RequestTableRow({ row, isShown, filter }: RequestTableRowProps) {
  const { id, status, statusCode, method, url, clientSecretName, queue, createdAt, startedAt, updatedAt } = row;
  const to = href('requests', id, filter);
  const begun = startedAt ?? createdAt;
  return (
    <Row href={to} isShown={isShown}>
      <td>
        <State is={stateOf(row)} />
      </td>
      <td class="code">{statusCode}</td>
      <td>
        <code>{method}</code>
      </td>
      <td class="cut url">
        <RowLink href={to} isShown={isShown} title={url}>
          <Address url={url} />
        </RowLink>
      </td>
      <td class="wide-only cut">{clientSecretName}</td>
      <td class="wide-only cut">{queue}</td>
      <td class="number mid-only">
        {status === 'PENDING' ? <Since at={begun} /> : duration(Date.parse(updatedAt) - Date.parse(begun))}
      </td>
      <td class="number">
        <Time at={createdAt} />
      </td>
    </Row>
  );
}
