import { HTTP_METHODS, type SecretPlacement } from '../api/types.ts';
import { ChoiceField } from '../parts/choice-field.tsx';
import { TextListField } from '../parts/list-field.tsx';
import type { SecretDraft } from './draft.ts';

/** What each lets happen to the value. */
const PLACEMENTS: { value: SecretPlacement; about: string }[] = [
  { value: 'HEADERS', about: 'Where keys belong, and where almost every API takes them.' },
  { value: 'PARAMS', about: 'Query strings end up in the logs of the third party and of every proxy before it.' },
  {
    value: 'DATA',
    about: 'A page could have an allowed API mail, store or publish what it is sent, the value with it.',
  },
  { value: 'URL', about: 'Addresses are logged like query strings, and repeated in error messages and redirects.' },
];

interface DraftFieldsProps {
  draft: SecretDraft;
  set(changes: Partial<SecretDraft>): void;
  disabled: boolean;
}

/** Where the value may go. */
export function ReachFields({ draft, set, disabled }: DraftFieldsProps) {
  return (
    <>
      <TextListField
        label="Allowed URLs"
        one="URL"
        add="Add a URL"
        path="allowedUrls"
        hint="An origin, or an origin and the beginning of a path: https://api.example.com/v1"
        disabled={disabled}
        values={draft.allowedUrls}
        onChange={(allowedUrls) => set({ allowedUrls })}
      />
      <ChoiceField
        label="Methods"
        path="allowedMethods"
        hint="None chosen: every method."
        disabled={disabled}
        choices={HTTP_METHODS.map((value) => ({ value }))}
        chosen={draft.allowedMethods}
        onChange={(allowedMethods) => set({ allowedMethods })}
      />
      <ChoiceField
        label="Where in a request it may stand"
        path="allowedPlacements"
        disabled={disabled}
        choices={PLACEMENTS}
        chosen={draft.allowedPlacements}
        onChange={(allowedPlacements) => set({ allowedPlacements })}
      />
    </>
  );
}
