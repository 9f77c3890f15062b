import type { ComponentType } from 'preact';
import { Applications } from './applications/applications.tsx';
import { Queues } from './queues/queues.tsx';
import { Requests } from './requests/requests.tsx';
import { href, route } from './route.ts';
import { Secrets } from './secrets/secrets.tsx';
import { type Session, signOut } from './session.ts';
import { Mark } from './sign-in/sign-in.tsx';

interface View {
  path: string;
  name: string;
  component: ComponentType<{ session: Session }>;
}

const TENANT_VIEWS: View[] = [
  { path: 'secrets', name: 'Client secrets', component: Secrets },
  { path: 'requests', name: 'Requests', component: Requests },
  { path: 'queues', name: 'Queues', component: Queues },
];
const OPERATOR_VIEWS: View[] = [{ path: 'applications', name: 'Applications', component: Applications }];

/** The views that the caller has something to do in, and the one that is shown. */
export function Shell({ session }: { session: Session }) {
  const views = session.viewer.kind === 'OPERATOR' ? OPERATOR_VIEWS : TENANT_VIEWS;
  const shown = views.find(({ path }) => path === route.value.view) ?? views[0];
  if (!shown) return null;
  document.title = `${shown.name} – Keyhole`;

  return (
    <div class="shell">
      <header class="top">
        <strong>
          <Mark /> Keyhole
        </strong>
        <nav aria-label="Views">
          {views.map(({ path, name }) => (
            <a key={path} href={href(path)} aria-current={path === shown.path ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <span class="who">{nameOf(session)}</span>
        <button type="button" class="quiet" onClick={() => signOut()}>
          Sign out
        </button>
      </header>
      <main>
        <h1 class="hidden" tabIndex={-1}>
          {shown.name}
        </h1>
        <shown.component session={session} />
      </main>
    </div>
  );
}

function nameOf({ viewer }: Session): string {
  if (viewer.kind === 'OPERATOR') return 'Operator';
  const application = viewer.application?.name ?? '';
  return viewer.username === null ? application : `${viewer.username} · ${application}`;
}
