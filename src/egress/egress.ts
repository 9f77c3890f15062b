import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { withoutTrailingDot } from './egress-hosts.ts';
import { createEgressPolicy, type EgressExceptions, type Reach } from './egress-policy.ts';
import { EgressRefusal } from './egress-refusal.ts';
import { type CheckUrlOptions, checkUrl } from './egress-url.ts';

export { EgressRefusal } from './egress-refusal.ts';

/** Every address of a name. Rejects, or gives none, where the name does not resolve. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface EgressOptions extends EgressExceptions {
  /** The system's resolver unless given. */
  resolve?: Resolve;
}

/** The one way out: what this server may reach. */
export interface Egress {
  /**
   * The parsed URL, ready to be sent to, if it may be as far as can be told without asking DNS; a trailing dot of the host is gone.
   * Throws an `EgressRefusal`, whose message is for clients.
   */
  checkUrl(text: string, options?: CheckUrlOptions): URL;
  /** Connects to checked addresses alone: decided anew for every connection, from the answer that the connection then uses. */
  connector(options?: buildConnector.BuildOptions): buildConnector.connector;
}

export function createEgress(options: EgressOptions): Egress {
  const policy = createEgressPolicy(options);
  const resolve = options.resolve ?? resolveWithSystem;

  /** One refused address refuses the name: which one is connected to would be up to whoever answers for it. */
  async function resolveChecked(hostname: string, reach: Reach): Promise<{ address: string; family: number }[]> {
    const addresses = await resolve(withoutTrailingDot(hostname));
    if (addresses.length === 0) throw Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' });
    if (!addresses.every((address) => policy.admits(address, reach))) throw new EgressRefusal('ADDRESS');
    return addresses.map((address) => ({ address, family: isIP(address) }));
  }

  /** What the socket gets from it is what it connects to: there is no second look-up in between. */
  function checkedLookup(reach: Reach): LookupFunction {
    return (hostname, lookupOptions, callback) => {
      resolveChecked(hostname, reach).then(
        (addresses) => {
          const [first] = addresses;
          if (lookupOptions.all) callback(null, addresses);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, []),
      );
    };
  }

  return {
    checkUrl: (text, checkOptions) => checkUrl(policy, text, checkOptions),
    connector(connectOptions) {
      const connect = {
        GLOBAL: buildConnector({ ...connectOptions, lookup: checkedLookup('GLOBAL') }),
        OPENED: buildConnector({ ...connectOptions, lookup: checkedLookup('OPENED') }),
      };
      return (target, callback) => {
        let reach: Reach;
        try {
          // Addresses are judged here: sockets call `lookup` for names alone.
          reach = policy.checkEndpoint({
            protocol: target.protocol,
            hostname: withoutTrailingDot(target.hostname),
            port: Number(target.port || (target.protocol === 'https:' ? 443 : 80)),
          });
        } catch (error) {
          // Nothing but an EgressRefusal is thrown there.
          callback(error as EgressRefusal, null);
          return;
        }
        connect[reach](target, callback);
      };
    },
  };
}

async function resolveWithSystem(hostname: string): Promise<string[]> {
  const answers = await lookup(hostname, { all: true });
  return answers.map((answer) => answer.address);
}
