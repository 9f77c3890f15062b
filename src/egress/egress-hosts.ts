// pure
/** `https://fetch.spec.whatwg.org/#port-blocking`. */
const BROWSER_BLOCKED_PORTS = [
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/** Oracle and SQL Server, MySQL, PostgreSQL, Redis, Elasticsearch, memcached, MongoDB, AMQP, Kafka, Docker, etcd. */
const SERVICE_PORTS = [1433, 1521, 3306, 5432, 6379, 9200, 11211, 27017, 5672, 9092, 2375, 2379];

const BLOCKED_PORTS: ReadonlySet<number> = new Set([...BROWSER_BLOCKED_PORTS, ...SERVICE_PORTS]);

const LOCAL_NAME = /^[^.]+$|\.(?:localhost|local|internal|lan|home\.arpa)$/;
const LOOPBACK_NAME = /^(?:.+\.)?localhost$/;
const HOSTNAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

export function isBlockedPort(port: number): boolean {
  return BLOCKED_PORTS.has(port);
}

/** Whether the text, as the URL parser gives it, is one that DNS can resolve. */
export function isHostname(hostname: string): boolean {
  return hostname.length <= 253 && HOSTNAME.test(hostname);
}

/** A name that only the own network knows: a single label, or one under a domain kept for local use. */
export function isLocalName(hostname: string): boolean {
  return LOCAL_NAME.test(hostname);
}

/** A name that by RFC 6761 means this machine. */
export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK_NAME.test(hostname);
}

/** `api.test.` and `api.test` are one host. */
export function withoutTrailingDot(hostname: string): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

/**
 * `host` or `host:port` as `host:port`, the host normalised as in URLs, port 80 where none is given.
 * Throws an `Error` for anything else.
 */
export function parseHttpHost(text: string): string {
  const url = /^[^\s/\\?#@]+$/.test(text) && URL.canParse(`http://${text}/`) ? new URL(`http://${text}/`) : null;
  const hostname = withoutTrailingDot(url?.hostname ?? '');
  if (!isHostname(hostname) && !hostname.startsWith('[')) throw new Error('not a host, nor host:port');
  return `${hostname}:${url?.port || '80'}`;
}
