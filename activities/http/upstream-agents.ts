import type { Dispatcher } from 'undici'
import type { Connector } from '../../src/connectors/connector.js'
import { networkPolicy } from './network-policy.js'
import { createUpstreamAgent } from './upstream-agent.js'

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
