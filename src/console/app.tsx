import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { KeyholeError } from '../client/errors.ts';
import { focusIfNowhere } from './parts/focus.ts';
import { Problem } from './parts/problem.tsx';
import { session, signIn, signOut, storedCredential } from './session.ts';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in/sign-in.tsx';

export function App() {
  const [isResuming, setIsResuming] = useState(storedCredential() !== null);
  const [error, setError] = useState<unknown>(null);

  async function resume(): Promise<void> {
    const stored = storedCredential();
    setError(null);
    try {
      if (stored) await signIn(stored);
      setIsResuming(false);
    } catch (thrown) {
      // A server that does not answer says nothing about the credential.
      if (thrown instanceof KeyholeError && thrown.code === 'UNAUTHENTICATED') {
        signOut(thrown);
        setIsResuming(false);
      } else {
        setError(thrown);
      }
    }
  }
  useEffect(() => void resume(), []);

  // What had the focus went with the page that it stood on.
  useLayoutEffect(focusIfNowhere, [session.value === null, isResuming]);

  function leave(): void {
    signOut();
    setIsResuming(false);
  }

  if (session.value) return <Shell session={session.value} />;
  if (!isResuming) return <SignIn />;
  return (
    <main class="resuming">
      {error === null ? null : (
        <>
          <Problem error={error} />
          <button type="button" onClick={resume}>
            Try again
          </button>
          <button type="button" onClick={leave}>
            Sign out
          </button>
        </>
      )}
    </main>
  );
}
