import { errorText } from './error-text.ts';

/** What went wrong, where something did. */
export function Problem({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <p class="error" role="alert">
      {errorText(error)}
    </p>
  );
}
