// pure
import { isIP } from 'node:net';
import {
  type AddressRange,
  isGlobalUnicast,
  isInRanges,
  liesWithin,
  parseAddressRange,
  rangesMeet,
} from './egress-addresses.ts';
import {
  isBlockedPort,
  isHostname,
  isLocalName,
  isLoopbackName,
  parseHttpHost,
  withoutTrailingDot,
} from './egress-hosts.ts';
import { EgressRefusal } from './egress-refusal.ts';

/** Which addresses a host may turn out to have: those of the whole internet and opened ones, or opened ones alone. */
export type Reach = 'GLOBAL' | 'OPENED';

/** Where a connection would go. The host is in the URL parser's notation, without brackets and trailing dot. */
export interface Endpoint {
  protocol: string;
  hostname: string;
  port: number;
}

/** What may be reached, as far as that can be told without asking DNS. */
export interface EgressPolicy {
  /** Throws an `EgressRefusal`. */
  checkEndpoint(endpoint: Endpoint): Reach;
  admits(address: string, reach: Reach): boolean;
}

export interface EgressExceptions {
  /** CIDRs. */
  allowAddresses: readonly string[];
  /** `host` or `host:port`. */
  allowHttpHosts: readonly string[];
}

const LOOPBACK: readonly AddressRange[] = ['127.0.0.0/8', '::1/128'].map(parseAddressRange);

/**
 * The rules of the guard with the operator's exceptions:
 * - An opened `host:port` lifts, for plain `http` there, the rules about scheme, name and port; its addresses must pass all the same.
 * - An opened address passes, and so does a local name once all its addresses are opened ones. Whether they are shows at
 *   connecting; here such a name is refused only where no opened address could be its own: for `localhost` a loopback
 *   address, for every other local name one that is not.
 */
export function createEgressPolicy(exceptions: EgressExceptions): EgressPolicy {
  const opened = exceptions.allowAddresses.map(parseAddressRange);
  const httpHosts = new Set(exceptions.allowHttpHosts.map(parseHttpHost));
  const opensLoopback = opened.some((range) => LOOPBACK.some((loopback) => rangesMeet(range, loopback)));
  const opensNetwork = opened.some((range) => !LOOPBACK.some((loopback) => liesWithin(range, loopback)));

  function admits(address: string, reach: Reach): boolean {
    return isInRanges(address, opened) || (reach === 'GLOBAL' && isGlobalUnicast(address));
  }

  function reachOfName(hostname: string): Reach {
    if (!isHostname(hostname)) throw new EgressRefusal('HOSTNAME');
    if (!isLocalName(hostname)) return 'GLOBAL';
    if (isLoopbackName(hostname) ? opensLoopback : opensNetwork) return 'OPENED';
    throw new EgressRefusal('HOSTNAME');
  }

  return {
    admits,
    checkEndpoint({ protocol, hostname, port }) {
      const isAddress = isIP(hostname) !== 0;
      const authority = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
      const isOpenedHttp = protocol === 'http:' && httpHosts.has(authority);
      if (protocol !== 'https:' && !isOpenedHttp) throw new EgressRefusal('SCHEME');
      if (isAddress && !admits(hostname, 'GLOBAL')) throw new EgressRefusal('ADDRESS');
      const reach = isAddress || isOpenedHttp ? 'GLOBAL' : reachOfName(hostname);
      if (!isOpenedHttp && isBlockedPort(port)) throw new EgressRefusal('PORT');
      return reach;
    },
  };
}

/** The endpoint that a URL names. */
export function endpointOf(url: URL): Endpoint {
  return {
    protocol: url.protocol,
    hostname: withoutTrailingDot(url.hostname.replace(/^\[|\]$/g, '')),
    port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
  };
}
