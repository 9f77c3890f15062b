// pure
const MESSAGES = {
  CONTROL_CHAR: 'A URL cannot hold spaces or control characters',
  PLACEHOLDER_IN_ORIGIN: 'Placeholders may stand in the path and query of a URL, not in its scheme, user, host or port',
  PARSE: 'Not a valid absolute URL',
  SCHEME: 'Only https is allowed, and http for hosts that the operator of this server has opened',
  CREDENTIALS: 'A URL cannot hold a user name or password',
  HOSTNAME: 'The host is a local name, or not a valid one',
  ADDRESS: 'The host is not on the public internet',
  PORT: 'The port is not one that may be reached',
  FRAGMENT: 'A URL cannot hold a fragment',
} as const;

export type EgressReason = keyof typeof MESSAGES;

/** The egress guard says no. The message is for clients: it says which rule, and repeats nothing of the URL. */
export class EgressRefusal extends Error {
  override readonly name = 'EgressRefusal';
  readonly reason: EgressReason;

  constructor(reason: EgressReason) {
    super(MESSAGES[reason]);
    this.reason = reason;
  }
}
