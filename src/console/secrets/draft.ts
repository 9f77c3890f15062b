import type { SecretInput } from '../api/secrets.ts';
import type { ClientSecret } from '../api/types.ts';

/** What stands in the dialog; an empty text is what the API calls null. */
export type SecretDraft = Omit<SecretInput, 'clientId' | 'identifierCode' | 'notes'> & {
  clientId: string;
  identifierCode: string;
  notes: string;
};

const NEW: SecretDraft = {
  name: '',
  allowedUrls: [''],
  clientId: '',
  locked: false,
  allowedMethods: [],
  allowedPlacements: ['HEADERS'],
  identifierCode: '',
  tags: [],
  notes: '',
  usersAllowed: [],
  groupsAllowed: [],
};

export function draftOf(secret: ClientSecret | null): SecretDraft {
  if (secret === null) return NEW;
  const { clientId, identifierCode, notes, ...rest } = secret;
  return { ...rest, clientId: clientId ?? '', identifierCode: identifierCode ?? '', notes: notes ?? '' };
}

/** Without the entries of lists that were left empty: then the API's numbers are those of the dialog. */
export function tidied(draft: SecretDraft): SecretDraft {
  return {
    ...draft,
    allowedUrls: draft.allowedUrls.map((url) => url.trim()).filter(Boolean),
    tags: draft.tags.map((tag) => tag.trim()).filter(Boolean),
    usersAllowed: draft.usersAllowed.filter(({ username }) => username !== ''),
    groupsAllowed: draft.groupsAllowed.filter(({ name }) => name !== ''),
  };
}

export function inputOf(draft: SecretDraft): SecretInput {
  const { name, allowedUrls, locked, allowedMethods, allowedPlacements, tags, usersAllowed, groupsAllowed } = draft;
  return {
    name,
    allowedUrls,
    clientId: draft.clientId || null,
    locked,
    allowedMethods,
    allowedPlacements,
    identifierCode: draft.identifierCode || null,
    tags,
    notes: draft.notes || null,
    usersAllowed,
    groupsAllowed,
  };
}

/** What was changed, and nothing else: some of it not everybody may set, not even to what it is. */
export function changesOf(draft: SecretDraft, secret: ClientSecret): Partial<SecretInput> {
  const before = Object.entries(inputOf(draftOf(secret)));
  const after = new Map(Object.entries(inputOf(draft)));
  const changed = before.filter(([key, value]) => JSON.stringify(after.get(key)) !== JSON.stringify(value));
  return Object.fromEntries(changed.map(([key]) => [key, after.get(key)]));
}
