import type { Dispatcher } from 'undici'
import type { Connector } from '../../src/connectors/connector.js'
import { networkPolicy } from './network-policy.js'
import { createUpstreamAgent } from './upstream-agent.js'

/** The dispatchers for calls; shared by all sessions of the process whose connectors may dial the same. */
export interface UpstreamAgents {
  /** Connections are kept. */
  readonly kept: Dispatcher
  /** A kept connection that ends in the instant of a write would leave its outcome unknown. */
  readonly fresh: Dispatcher
}

const byPolicy = new Map<string, UpstreamAgents>()
const byConnector = new WeakMap<Connector, UpstreamAgents>()

export function upstreamAgents(connector: Connector): UpstreamAgents {
  const known = byConnector.get(connector)
  if (known !== undefined) return known
  const network = networkPolicy(connector)
  const key = JSON.stringify(network)
  const agents = byPolicy.get(key) ?? {
    kept: createUpstreamAgent({ network }),
    fresh: createUpstreamAgent({ network, keepAlive: false }),
  }
  byPolicy.set(key, agents)
  byConnector.set(connector, agents)
  return agents
}
