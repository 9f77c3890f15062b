import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress, type EgressOptions, EgressRefusal } from '../../../src/egress/egress.ts';
import { isGlobalUnicast, parseAddressRange } from '../../../src/egress/egress-addresses.ts';
import { parseHttpHost } from '../../../src/egress/egress-hosts.ts';
import cases from '../../security/egress-cases.json' with { type: 'json' };

interface EgressCase {
  url: string;
  verdict: string;
  reason: string;
  dns?: Record<string, string[]>;
}

function egressWith(dns: Record<string, string[]>, exceptions: Partial<EgressOptions> = {}) {
  const asked: string[] = [];
  const egress = createEgress({
    allowAddresses: [],
    allowHttpHosts: [],
    ...exceptions,
    resolve: async (hostname) => {
      asked.push(hostname);
      return dns[hostname] ?? [];
    },
  });
  return { egress, asked };
}
const shut = egressWith({}).egress;
const unresolved = async () => [];

/** The reason of the refusal, or `ALLOWED`. */
function verdict(check: () => unknown): string {
  try {
    check();
    return 'ALLOWED';
  } catch (error) {
    if (!(error instanceof EgressRefusal)) throw error;
    return error.reason;
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}

const open: { destroy(): void }[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

/** How a connection to the URL ends: the refusal's reason, `CONNECTED to` an address, or the error's code. */
function connect(options: EgressOptions, text: string): Promise<string> {
  const egress = createEgress(options);
  const url = new URL(text);
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const { protocol, port, host } = url;
    egress.connector({ timeout: 5_000 })({ protocol, hostname, port, host }, (error, socket) => {
      if (error === null) {
        open.push(socket);
        resolve(`CONNECTED to ${socket.remoteAddress}`);
      } else {
        resolve(error instanceof EgressRefusal ? error.reason : codeOf(error));
      }
    });
  });
}

async function listen(): Promise<number> {
  const server = createServer((socket) => open.push(socket));
  open.push({ destroy: () => server.close() });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('the cases', () => {
  for (const { url, verdict: wanted, reason, dns } of cases as EgressCase[]) {
    it(`${wanted}: ${JSON.stringify(url)} (${reason})`, async () => {
      const { egress, asked } = egressWith(dns ?? {});
      const seen = verdict(() => egress.checkUrl(url));
      if (wanted === 'deny' && seen !== 'ALLOWED') {
        expect(seen).toBe(reason.split(' ')[0]);
        return;
      }
      expect(seen).toBe('ALLOWED');

      const checked = egress.checkUrl(url);
      const [name] = Object.keys(dns ?? {});
      if (name === undefined) return;
      // What DNS answered decides the rest, in the look-up that the socket itself makes.
      expect(checked.hostname).toBe(name);
      const tried = await addressTried(egress, checked);
      expect(asked).toEqual([name]);
      expect(tried).toBe(wanted === 'allow' ? dns?.[name]?.[0] : 'ADDRESS');
    });
  }
});

/** The address that the connector goes for, or the refusal. From a loopback address no packet can leave to another machine. */
function addressTried(egress: ReturnType<typeof createEgress>, url: URL): Promise<unknown> {
  const { protocol, hostname, port, host } = url;
  const target = { protocol, hostname, port, host, localAddress: '127.0.0.1' };
  return new Promise((resolve) => {
    egress.connector()(target, (error, _socket) => {
      if (error instanceof EgressRefusal) resolve(error.reason);
      else resolve(error !== null && 'address' in error ? error.address : error);
    });
  });
}

describe('at connecting', () => {
  const literals = (cases as EgressCase[]).filter((entry) => entry.reason === 'ADDRESS' && entry.dns === undefined);

  it('refuses literal addresses too, for which a socket asks no resolver', async () => {
    expect(literals.length).toBeGreaterThan(20);
    for (const { url } of literals) {
      const reason = await connect({ allowAddresses: [], allowHttpHosts: [], resolve: unresolved }, url);
      expect(reason, url).toBe('ADDRESS');
    }
  });

  it('says that a name does not resolve, and does not call that a refusal', async () => {
    const options = { allowAddresses: [], allowHttpHosts: [], resolve: unresolved };
    expect(await connect(options, 'https://api.test/')).toBe('ENOTFOUND');
  });

  it('checks a name anew for every connection, so that a rebinding name is refused', async () => {
    const port = await listen();
    const answers = ['127.0.0.1', '127.0.0.2'];
    const options: EgressOptions = {
      allowAddresses: ['127.0.0.1/32'],
      allowHttpHosts: [`api.test:${port}`],
      resolve: async () => answers.splice(0, 1),
    };
    expect(await connect(options, `http://api.test:${port}/`)).toBe('CONNECTED to 127.0.0.1');
    expect(await connect(options, `http://api.test:${port}/`)).toBe('ADDRESS');
  });

  it('refuses a name of which one address of several is refused, though another one listens', async () => {
    const port = await listen();
    const resolve = async () => ['127.0.0.1', '10.0.0.5'];
    const options = { allowAddresses: ['127.0.0.1/32'], allowHttpHosts: [`api.test:${port}`], resolve };
    expect(await connect(options, `http://api.test:${port}/`)).toBe('ADDRESS');
  });
});

describe('what the operator opens', () => {
  it('is nothing by default: neither loopback nor http is reached', async () => {
    const port = await listen();
    const byDefault = { allowAddresses: [], allowHttpHosts: [] };
    expect(verdict(() => shut.checkUrl(`https://127.0.0.1:${port}/`))).toBe('ADDRESS');
    expect(verdict(() => shut.checkUrl(`https://localhost:${port}/`))).toBe('HOSTNAME');
    expect(verdict(() => shut.checkUrl('http://api.test/'))).toBe('SCHEME');
    expect(await connect(byDefault, `https://127.0.0.1:${port}/`)).toBe('ADDRESS');
    expect(await connect(byDefault, `https://localhost:${port}/`)).toBe('HOSTNAME');
    expect(await connect(byDefault, `http://127.0.0.1:${port}/`)).toBe('SCHEME');
    const loopback = { ...byDefault, resolve: async () => ['127.0.0.1'] };
    expect(await connect(loopback, `https://api.test:${port}/`)).toBe('ADDRESS');
  });

  it('takes both, the host for http and its address, to reach a server on loopback without TLS', async () => {
    const port = await listen();
    const url = `http://127.0.0.1:${port}/`;
    const host = [`127.0.0.1:${port}`];
    expect(await connect({ allowAddresses: [], allowHttpHosts: host }, url)).toBe('ADDRESS');
    expect(await connect({ allowAddresses: ['127.0.0.1/32'], allowHttpHosts: [] }, url)).toBe('SCHEME');
    const both = { allowAddresses: ['127.0.0.1/32'], allowHttpHosts: host };
    expect(await connect(both, url)).toBe('CONNECTED to 127.0.0.1');
  });

  it('opens addresses exactly as named', () => {
    const { egress } = egressWith({}, { allowAddresses: ['127.0.0.1/32', 'fd00:1::/32'] });
    expect(verdict(() => egress.checkUrl('https://127.0.0.1/'))).toBe('ALLOWED');
    expect(verdict(() => egress.checkUrl('https://0x7f000001/'))).toBe('ALLOWED');
    expect(verdict(() => egress.checkUrl('https://[fd00:1::7]/'))).toBe('ALLOWED');
    for (const host of ['127.0.0.2', '10.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '[fd00:2::7]']) {
      expect(
        verdict(() => egress.checkUrl(`https://${host}/`)),
        host,
      ).toBe('ADDRESS');
    }
    expect(verdict(() => egress.checkUrl('https://127.0.0.1:6379/'))).toBe('PORT');
    expect(verdict(() => egress.checkUrl('http://127.0.0.1/'))).toBe('SCHEME');
  });

  it('opens a host for http with exactly its port, 80 without one, and lifts its name and its port', () => {
    const { egress } = egressWith({}, { allowHttpHosts: ['API.test', 'router:6379', 'localhost:8080', 'b.test.:81'] });
    for (const url of ['http://api.test/', 'http://router:6379/', 'http://localhost:8080/x', 'http://b.test:81/']) {
      expect(
        verdict(() => egress.checkUrl(url)),
        url,
      ).toBe('ALLOWED');
    }
    const shutStill = [
      'http://api.test:81/',
      'http://router/',
      'http://localhost/',
      'http://x.api.test/',
      'http://b.test/',
    ];
    for (const url of shutStill)
      expect(
        verdict(() => egress.checkUrl(url)),
        url,
      ).toBe('SCHEME');
    expect(verdict(() => egress.checkUrl('https://api.test:6379/'))).toBe('PORT');
    expect(verdict(() => egress.checkUrl('https://router:6379/'))).toBe('HOSTNAME');
    expect(verdict(() => egress.checkUrl('https://localhost:8080/'))).toBe('HOSTNAME');
  });

  it('opens localhost with a loopback address, and other local names with addresses of a network', () => {
    const loopback = egressWith({}, { allowAddresses: ['127.0.0.1/32'] }).egress;
    expect(verdict(() => loopback.checkUrl('https://localhost/'))).toBe('ALLOWED');
    expect(verdict(() => loopback.checkUrl('https://db.internal/'))).toBe('HOSTNAME');
    const network = egressWith({}, { allowAddresses: ['10.1.0.0/16'] }).egress;
    expect(verdict(() => network.checkUrl('https://localhost/'))).toBe('HOSTNAME');
    expect(verdict(() => network.checkUrl('https://db.internal/'))).toBe('ALLOWED');
    expect(verdict(() => network.checkUrl('https://router/'))).toBe('ALLOWED');
  });

  it('lets a local name through only to addresses that are opened, not to public ones', async () => {
    const network = { allowAddresses: ['10.1.0.0/16'] };
    const url = new URL('https://db.internal/');
    const to = (address: string) => addressTried(egressWith({ 'db.internal': [address] }, network).egress, url);
    expect(await to('10.1.2.3')).toBe('10.1.2.3');
    expect(await to('93.184.216.34')).toBe('ADDRESS');
    expect(await to('10.2.0.1')).toBe('ADDRESS');
  });

  it('refuses settings that name no address range or host', () => {
    for (const text of ['127.0.0.1', '10.0.0.0/33', '127.1/8', '10.0.0.0/8/8', '::/129', 'fe80::%eth0/64', '', 'all']) {
      expect(() => parseAddressRange(text), text).toThrow('CIDR');
    }
    for (const text of ['', 'a b', 'http://a.test', 'a.test/x', 'u@a.test', 'a.test:x', '*.test', 'a.test:80:80']) {
      expect(() => parseHttpHost(text), text).toThrow('host');
    }
    expect(parseHttpHost('[::1]:8080')).toBe('[::1]:8080');
  });
});

describe('URLs of a pattern', () => {
  it('may begin their host with one wildcard, where that is asked for', () => {
    const pattern = (url: string) => verdict(() => shut.checkUrl(url, { wildcardHost: true }));
    expect(pattern('https://*.api.test/v1')).toBe('ALLOWED');
    expect(shut.checkUrl('https://*.api.test/v1', { wildcardHost: true }).hostname).toBe('*.api.test');
    expect(verdict(() => shut.checkUrl('https://*.api.test/v1'))).toBe('HOSTNAME');
    for (const host of ['*', '*.*.test', 'a.*.test', 'x*.test', '*.internal', '*.localhost', '*.', '**.a.test']) {
      expect(pattern(`https://${host}/`), host).toBe('HOSTNAME');
    }
    expect(pattern('https://*.0.0.1/')).toBe('PARSE');
    expect(pattern('http://*.api.test/')).toBe('SCHEME');
    expect(pattern('https://*.api.test:22/')).toBe('PORT');
  });
});

describe('odd URLs', () => {
  it.each([
    ['https://api.test/a b', 'CONTROL_CHAR'],
    [' https://api.test/', 'CONTROL_CHAR'],
    ['https://api.test/\u0000', 'CONTROL_CHAR'],
    ['https://api\t.test/', 'CONTROL_CHAR'],
    ['https://api.test/\u00a0', 'CONTROL_CHAR'],
    ['https://api.test/\u0085', 'CONTROL_CHAR'],
    ['https:$CLIENT_SECRET/', 'PLACEHOLDER_IN_ORIGIN'],
    ['https:/\\/$CLIENT_ID.test/', 'PLACEHOLDER_IN_ORIGIN'],
    ['$CLIENT_SECRET://api.test/', 'PLACEHOLDER_IN_ORIGIN'],
    ['https://$BASE64($CLIENT_SECRET).test/', 'PLACEHOLDER_IN_ORIGIN'],
    ['https://%24CLIENT_SECRET.test/', 'HOSTNAME'],
    ['https://api.test/#', 'FRAGMENT'],
    ['https://api.test/?#x', 'FRAGMENT'],
    ['https://@api.test/', 'ALLOWED'],
    ['https://:pw@api.test/', 'CREDENTIALS'],
    ['https://api.test../', 'HOSTNAME'],
    ['https://a..test/', 'HOSTNAME'],
    [`https://${'a.'.repeat(130)}test/`, 'HOSTNAME'],
    ['https://x.local/', 'HOSTNAME'],
    ['https://x.LAN./', 'HOSTNAME'],
    ['https://x.home.arpa/', 'HOSTNAME'],
    ['https://localhost.api.test/', 'ALLOWED'],
    ['https://xlocal.test/', 'ALLOWED'],
    ['https://api.test:0/', 'PORT'],
    ['https://api.test:10080/', 'PORT'],
    ['https://api.test:27017/', 'PORT'],
    ['https://api.test:8443/', 'ALLOWED'],
    ['https://168.63.129.16/', 'ADDRESS'],
    ['data:text/plain,x', 'SCHEME'],
    ['javascript:1', 'SCHEME'],
  ])('%j: %s', (url, wanted) => {
    expect(verdict(() => shut.checkUrl(url))).toBe(wanted);
  });

  it('are refused without a word of the URL in the error', () => {
    for (const url of ['https://user:canary@api.test/', 'https://canary', 'canary', 'https://api.test:canary/']) {
      try {
        shut.checkUrl(url);
        expect.unreachable();
      } catch (error) {
        expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('canary:');
        expect(String(error)).not.toContain('canary');
      }
    }
  });
});

/** Blocks of which no address may be reached, as [network, prefix length]. */
const PRIVATE_BLOCKS: [number, number][] = [
  [0x00000000, 8],
  [0x0a000000, 8],
  [0x64400000, 10],
  [0x7f000000, 8],
  [0xa9fe0000, 16],
  [0xac100000, 12],
  [0xc0a80000, 16],
  [0xc6120000, 15],
  [0xe0000000, 4],
  [0xf0000000, 4],
];
const privateAddress = fc
  .tuple(fc.constantFrom(...PRIVATE_BLOCKS), fc.nat(0xffffffff))
  .map(([[network, bits], random]) => (network | (random & (2 ** (32 - bits) - 1))) >>> 0);

function octets(address: number): number[] {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
}

const radix = fc.constantFrom(
  (n: number) => String(n),
  (n: number) => `0${n.toString(8)}`,
  (n: number) => `000${n.toString(8)}`,
  (n: number) => `0x${n.toString(16)}`,
  (n: number) => `0X00${n.toString(16).toUpperCase()}`,
);

/** The four, three, two or one numbers that `inet_aton` takes, each in a base of its own. */
const ipv4Text = fc
  .tuple(privateAddress, fc.integer({ min: 1, max: 4 }), fc.array(radix, { minLength: 4, maxLength: 4 }))
  .map(([address, parts, bases]) => {
    const bytes = octets(address);
    const last = bytes.slice(parts - 1).reduce((value, byte) => value * 256 + byte, 0);
    return [...bytes.slice(0, parts - 1), last].map((value, index) => bases[index]?.(value)).join('.');
  });

const disguise = fc.constantFrom(
  (text: string) => text,
  (text: string) => `${text}.`,
  (text: string) => text.replace(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  (text: string) => text.replace(/[0-9]/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit))),
  (text: string) => text.replaceAll('.', '\u3002'),
  (text: string) => text.replaceAll('.', '\uff0e'),
  (text: string) => text.replace(/./g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`),
);

function hextets(groups: number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

/** An IPv4 address within IPv6 in each of the ways that a stack or a gateway would unwrap. */
const ipv6Text = fc
  .tuple(privateAddress, fc.nat(8), fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }), fc.boolean())
  .map(([address, form, random, dotted]) => {
    const [high, low] = [address >>> 16, address & 0xffff];
    const tail = dotted ? octets(address).join('.') : hextets([high, low]);
    const [a = 0, b = 0, c = 0, d = 0] = random;
    const forms = [
      `::ffff:${tail}`, // mapped
      `0:0:0:0:0:FFFF:${tail}`, // mapped, expanded
      `::${tail}`, // compatible
      `::ffff:0:${tail}`, // translated (SIIT)
      `64:ff9b::${tail}`, // NAT64
      `64:ff9b:1::${tail}`, // NAT64 of a local network
      `2002:${hextets([high, low, a, b, c, d, 1, 1].slice(0, 7))}`, // 6to4
      `2001:0:${hextets([a, b, c, d, high ^ 0xffff, low ^ 0xffff])}`, // Teredo
      `fe80::${tail}`,
    ];
    return forms[form] ?? '';
  });

describe('encodings of private addresses', () => {
  it('in IPv4 are all refused', () => {
    fc.assert(
      fc.property(ipv4Text, disguise, (text, disguised) => {
        const reason = verdict(() => shut.checkUrl(`https://${disguised(text)}/`));
        expect(reason, text).toBe('ADDRESS');
      }),
      { numRuns: 60_000 },
    );
  });

  it('in IPv6 are all refused', () => {
    fc.assert(
      fc.property(ipv6Text, fc.constantFrom('', '%25eth0', '%1'), (text, zone) => {
        const reason = verdict(() => shut.checkUrl(`https://[${text}${zone}]/`));
        expect(reason, text).toBe(zone === '' ? 'ADDRESS' : 'PARSE');
        expect(isGlobalUnicast(text), text).toBe(false);
        expect(isGlobalUnicast(`${text}${zone}`), text).toBe(false);
      }),
      { numRuns: 60_000 },
    );
  });

  it('is told by the number alone: IPv6 outside of 2000::/3 is refused, other addresses there pass', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }), (groups) => {
        const [first = 0, second = 0] = groups;
        const special =
          (first === 0x2001 && (second < 0x200 || second === 0xdb8)) ||
          first === 0x2002 ||
          (first === 0x2620 && second === 0x4f && groups[2] === 0x8000) ||
          (first === 0x3fff && second < 0x1000);
        expect(isGlobalUnicast(hextets(groups))).toBe(first >>> 13 === 1 && !special);
      }),
      { numRuns: 20_000, examples: [[[0x2001, 0x1ff, 0, 0, 0, 0, 0, 1]], [[0x2001, 0x200, 0, 0, 0, 0, 0, 1]]] },
    );
  });

  it('leaves the public ones reachable', () => {
    const known = [
      '1.1.1.1',
      '8.8.8.8',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
    ];
    const more = ['128.0.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '223.255.255.255'];
    for (const address of [...known, ...more, '2606:4700::1111']) expect(isGlobalUnicast(address), address).toBe(true);
  });
});
