import type { ClientSecret } from '../api/types.ts';
import { Icon } from '../parts/icon.tsx';
import { Row, RowLink, State, Table } from '../parts/table.tsx';
import { Ago } from '../parts/time.tsx';
import { href } from '../route.ts';

const COLUMNS = [
  ['Locked', 'lock'],
  ['Name'],
  ['Value'],
  ['May be sent to', 'wide-only'],
  ['State'],
  ['Last used', 'wide-only'],
] as const;

export function SecretTable({ secrets, shown }: { secrets: ClientSecret[]; shown: string | null }) {
  return (
    <div class="scroll">
      <Table class="secrets" columns={COLUMNS}>
        {secrets.map((secret) => (
          <SecretRow key={secret.id} secret={secret} isShown={secret.id === shown} />
        ))}
      </Table>
    </div>
  );
}

function SecretRow({ secret, isShown }: { secret: ClientSecret; isShown: boolean }) {
  const { id, name, tags, maskedSecret, allowedUrls, enabled, locked, lastUsedAt } = secret;
  const to = href('secrets', id);
  return (
    <Row href={to} isShown={isShown}>
      <td
        class={locked ? 'lock locked' : 'lock'}
        title={locked ? 'Locked: for logged-in users' : 'Open: for anybody who names the application'}
      >
        <Icon name={locked ? 'lock' : 'open'} />
        <span class="hidden">{locked ? 'locked' : 'open'}</span>
      </td>
      <td class="name">
        <RowLink href={to} isShown={isShown}>
          {name}
        </RowLink>
        {tags.map((tag) => (
          <span class="tag" key={tag}>
            {tag}
          </span>
        ))}
      </td>
      <td>
        <code>{maskedSecret}</code>
      </td>
      <td class="wide-only cut">
        <code>{allowedUrls[0]}</code>
        {allowedUrls.length > 1 && <span class="faint"> and {allowedUrls.length - 1} more</span>}
      </td>
      <td>
        <State is={enabled ? 'enabled' : 'disabled'} />
      </td>
      <td class="wide-only">
        <Ago at={lastUsedAt} />
      </td>
    </Row>
  );
}
