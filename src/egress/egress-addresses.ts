// pure
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type AddressRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** IANA's special-purpose registry for IPv4, those parts that are reachable but serve a special end included. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8',
  '168.63.129.16/32', // Azure's platform agent: public by number, answers only to machines on its own host
  '169.254.0.0/16', // link-local: metadata services of clouds
  '172.16.0.0/12',
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
].map(parseAddressRange);

/** All that IANA has given out as global unicast. Mapped, compatible, NAT64, local and multicast forms lie outside of it. */
const GLOBAL_IPV6 = parseAddressRange('2000::/3');

/** What is special inside of `GLOBAL_IPV6`. */
const SPECIAL_IPV6 = [
  '2001::/23', // protocol assignments: Teredo, benchmarks, ORCHID, AMT
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: holds an IPv4 address
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
].map(parseAddressRange);

/** A CIDR in canonical notation, such as `10.0.0.0/8` or `fd00::/8`. Throws an `Error` for anything else. */
export function parseAddressRange(text: string): AddressRange {
  const [address = '', length = '', ...rest] = text.split('/');
  const parsed = parseAddress(address);
  const bits = parsed?.kind() === 'ipv4' ? 32 : 128;
  if (parsed === null || !/^\d{1,3}$/.test(length) || Number(length) > bits || rest.length > 0) {
    throw new Error('not an address range in CIDR notation');
  }
  return [parsed, Number(length)];
}

/** Whether a canonical address (as resolvers and URL parsers give it) is global unicast: reachable from anywhere, and nothing else. */
export function isGlobalUnicast(address: string): boolean {
  const parsed = parseAddress(address);
  if (parsed === null) return false;
  if (parsed.kind() === 'ipv4') return !isWithin(parsed, SPECIAL_IPV4);
  return isWithin(parsed, [GLOBAL_IPV6]) && !isWithin(parsed, SPECIAL_IPV6);
}

/** Whether an address lies in one of the ranges. An IPv4 address in an IPv6 form is in no IPv4 range. */
export function isInRanges(address: string, ranges: readonly AddressRange[]): boolean {
  const parsed = parseAddress(address);
  return parsed !== null && isWithin(parsed, ranges);
}

/** Whether two ranges have an address in common. */
export function rangesMeet(a: AddressRange, b: AddressRange): boolean {
  return isWithin(a[0], [[b[0], Math.min(a[1], b[1])]]);
}

/** Whether all addresses of a range are also in the other. */
export function liesWithin(range: AddressRange, outer: AddressRange): boolean {
  return range[1] >= outer[1] && rangesMeet(range, outer);
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

/** Null for what is not canonical, and for addresses with a zone: a zone names an interface of this machine. */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return isIP(text) === 0 || text.includes('%') ? null : ipaddr.parse(text);
}
