import type { Application } from '../api/types.ts';
import { Row, RowLink, State, Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { href } from '../route.ts';

const COLUMNS = [
  ['Name'],
  ['State'],
  ['Credentials', 'number'],
  ['Origins', 'wide-only'],
  ['Created', 'number'],
] as const;

export function ApplicationTable({ applications, shown }: { applications: Application[]; shown: string | null }) {
  return (
    <div class="scroll">
      <Table class="applications" columns={COLUMNS}>
        {applications.map(({ id, name, enabled, credentials, allowedOrigins, createdAt }) => (
          <Row key={id} href={href('applications', id)} isShown={id === shown}>
            <td class="name">
              <RowLink href={href('applications', id)} isShown={id === shown}>
                {name}
              </RowLink>
            </td>
            <td>
              <State is={enabled ? 'enabled' : 'disabled'} />
            </td>
            <td class="number">{credentials.length}</td>
            <td class="wide-only cut">{allowedOrigins.join(', ')}</td>
            <td class="number">
              <Time at={createdAt} />
            </td>
          </Row>
        ))}
      </Table>
    </div>
  );
}
