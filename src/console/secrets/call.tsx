import { useState } from 'preact/hooks';
import type { ClientSecret } from '../api/types.ts';
import { Copyable } from '../parts/copy.tsx';
import type { Session } from '../session.ts';
import { callTexts } from './call-text.ts';

/** The call that a page writes, ready to be copied. */
export function Call({ session, secret }: { session: Session; secret: ClientSecret }) {
  const [kind, setKind] = useState<'object' | 'form'>('object');
  const clientId = 'clientId' in session.credential ? session.credential.clientId : '';
  const texts = callTexts(secret, location.origin, clientId);
  return (
    <section class="call" aria-label="How a page uses it">
      <div class="row">
        <h3>How a page uses it</h3>
        {(['object', 'form'] as const).map((each) => (
          <button key={each} type="button" class="quiet" aria-pressed={kind === each} onClick={() => setKind(each)}>
            As {each === 'form' ? 'a form' : 'an object'}
          </button>
        ))}
      </div>
      <Copyable label="Call" text={texts[kind]} block />
    </section>
  );
}
