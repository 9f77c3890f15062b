import type { NewCredential } from '../api/applications.ts';
import { Copyable } from '../parts/copy.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Facts } from '../parts/panel.tsx';

/** A new client secret: nobody can have it shown again. */
export function ShownOnce({ credential, onClose }: { credential: NewCredential; onClose(): void }) {
  return (
    <Dialog title="Keep this client secret" onClose={onClose}>
      <div class="fields">
        <p>It is shown now and never again. The client ID is public; the client secret is for a backend alone.</p>
        <Facts
          facts={[
            { term: 'Client ID', value: <Copyable label="Client ID" text={credential.clientId} /> },
            { term: 'Client secret', value: <Copyable label="Client secret" text={credential.clientSecret} /> },
          ]}
        />
      </div>
      <footer>
        <button type="button" class="main" onClick={onClose}>
          I have kept it
        </button>
      </footer>
    </Dialog>
  );
}
