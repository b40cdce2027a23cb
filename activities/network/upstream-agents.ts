import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, buildConnector, type Dispatcher } from 'undici'
import type { Connector } from '../../src/connectors/connector.js'
import { isHostName } from '../../src/definition/hosts.js'
import {
  AddressRefused,
  isLoopbackName,
  isThisMachine,
  literalAddress,
  mayDial,
  networkPolicy,
  type NetworkPolicy,
  PUBLIC_ONLY,
} from './network-policy.js'
import { environmentProxy, openTunnel, tunnelFault } from './proxies.js'

/** The two dispatchers of a connector. */
export interface ConnectorAgents {
  /** Connections are kept. */
  readonly kept: Dispatcher
  /** A kept connection that ends in the instant of a write would leave its outcome unknown. */
  readonly fresh: Dispatcher
}

/** The dispatchers of a keeper, for upstream and token requests: connectors that may dial the same share them. */
export class UpstreamAgents {
  readonly #byPolicy = new Map<string, ConnectorAgents>()
  readonly #byConnector = new Map<Connector, ConnectorAgents>()

  of(connector: Connector): ConnectorAgents {
    const known = this.#byConnector.get(connector)
    if (known !== undefined) return known
    const network = networkPolicy(connector)
    const key = JSON.stringify(network)
    const agents = this.#byPolicy.get(key) ?? {
      kept: createUpstreamAgent({ network }),
      fresh: createUpstreamAgent({ network, keepAlive: false }),
    }
    this.#byPolicy.set(key, agents)
    this.#byConnector.set(connector, agents)
    return agents
  }
}

export interface UpstreamAgentOptions {
  /** Default: public addresses by https only. */
  readonly network?: NetworkPolicy | undefined
  /** Default 10,000. */
  readonly connectTimeoutMs?: number | undefined
  /**
   * `false`: a connection of its own for every request. For requests that must not be repeated: on a
   * kept connection that the server closes in the same instant nobody knows what was received.
   */
  readonly keepAlive?: boolean | undefined
  /** Default: of the system. */
  readonly lookup?: AddressLookup | undefined
}

/** All addresses of a host name, as `dns.lookup` gives them. */
export type AddressLookup = (
  host: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * The one way to make an undici dispatcher here: no redirects, no retries, a limit on connecting, and
 * no connection to an address that the policy does not allow. Names are looked up at each connect; the
 * addresses that are checked are the ones that are dialled. What goes through a proxy of the environment
 * is looked up and dialled by it: only a host that is written as an address is checked here then.
 */
export function createUpstreamAgent(options: UpstreamAgentOptions = {}): Dispatcher {
  const { network = PUBLIC_ONLY, lookup = systemLookup } = options
  const timeout = options.connectTimeoutMs ?? 10_000
  const dial = buildConnector({ timeout, lookup: checkedLookup(network, lookup) })
  const connect: buildConnector.connector = (target, callback) => {
    const { hostname } = target
    const port = Number(target.port) || 443
    const proxied = network.proxy !== false && !isThisMachine(hostname)
    const proxy = proxied ? environmentProxy(hostname, port) : undefined
    if (proxy === undefined) {
      dial(target, callback)
      return
    }
    const authority = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
    openTunnel(proxy, authority, timeout)
      .then((httpSocket) => {
        dial({ ...target, httpSocket }, (error, socket) => {
          if (error === null) callback(null, socket)
          else callback(tunnelFault(error), null)
        })
      })
      .catch((error: unknown) => {
        callback(error as Error, null)
      })
  }
  const agent: Agent.Options = {
    connect: (target, callback) => {
      const { protocol, hostname } = target
      const literal = literalAddress(hostname)
      const plain = protocol !== 'https:' && !(network.loopback && isLoopbackName(hostname))
      // Node looks up nothing for a literal, so it is looked at here.
      if (
        plain ||
        !isHostName(hostname) ||
        (literal !== undefined && !mayDial(hostname, literal, network))
      )
        callback(new AddressRefused(), null)
      else connect(target, callback)
    },
    pipelining: options.keepAlive === false ? 0 : 1,
  }
  return new Agent(agent)
}

/** Refuses a name as a whole for one address: to choose among them would be to trust the other half. */
function checkedLookup(network: NetworkPolicy, lookup: AddressLookup): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '')
        return
      }
      const [first] = addresses
      if (first === undefined || !addresses.every((one) => mayDial(host, one.address, network)))
        callback(new AddressRefused(), '')
      else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}
