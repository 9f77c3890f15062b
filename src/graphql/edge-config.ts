/** How large one operation may be (BEHAVIOUR 6). */
export interface OperationLimits {
  depth: number;
  /** Of `__schema` and `__type`, counted apart: GraphiQL's own query is 15 deep. */
  introspectionDepth: number;
  aliases: number;
  tokens: number;
  directives: number;
  /** Fields times the sizes of the pages that they stand in. */
  complexity: number;
}

export interface EdgeConfig {
  graphiql: boolean;
  /** Without it a client gets neither introspection nor "Did you mean" hints. */
  introspection: boolean;
  /** Where pages of the server itself come from, such as `https://keyhole.example`; null: whatever `Host` says. */
  publicOrigin: string | null;
  bodyBytes: number;
  socketMessageBytes: number;
  /** Milliseconds for `connection_init` to come. */
  initTimeoutMs: number;
  /** Milliseconds between pings of idle sockets and streams. */
  pingIntervalMs: number;
  subscriptionsPerSocket: number;
  subscriptionsPerCaller: number;
  limits: OperationLimits;
}

/** The contract's limits (BEHAVIOUR 6), for a server that is not in production. */
export const EDGE_DEFAULTS: EdgeConfig = {
  graphiql: true,
  introspection: true,
  publicOrigin: null,
  bodyBytes: 2 * 1024 * 1024,
  socketMessageBytes: 2 * 1024 * 1024,
  initTimeoutMs: 5_000,
  pingIntervalMs: 12_000,
  subscriptionsPerSocket: 100,
  subscriptionsPerCaller: 1_000,
  limits: { depth: 12, introspectionDepth: 20, aliases: 20, tokens: 2_000, directives: 20, complexity: 10_000 },
};
