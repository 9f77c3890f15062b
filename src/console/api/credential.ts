/** How somebody signed in. */
export type Credential =
  | { kind: 'APPLICATION'; clientId: string; clientSecret: string }
  | { kind: 'USER'; clientId: string; token: string }
  | { kind: 'OPERATOR'; token: string };

/** The headers that prove it: nothing of it ever stands in a URL. */
export function credentialHeaders(credential: Credential): Record<string, string> {
  switch (credential.kind) {
    case 'APPLICATION':
      return { 'X-Client-Id': credential.clientId, 'X-Client-Secret': credential.clientSecret };
    case 'USER':
      return { 'X-Client-Id': credential.clientId, Authorization: `Bearer ${credential.token}` };
    case 'OPERATOR':
      return { Authorization: `Bearer ${credential.token}` };
  }
}
