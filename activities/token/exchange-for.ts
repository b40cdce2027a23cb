import type { ExchangeOnce } from '../../src/auth/exchange.js'
import type { Connector } from '../../src/connectors/connector.js'
import { createExchangeOnce } from '../http/exchange-once.js'
import { networkPolicy } from '../http/network-policy.js'
import type { TokenActivityDeps } from './token-activity-deps.js'

/** The exchanges of a connector: to the addresses that it may dial, and no others. */
export function createExchangeFor({
  exchangeOnce,
  now,
}: Pick<TokenActivityDeps, 'exchangeOnce' | 'now'>): (connector: Connector) => ExchangeOnce {
  if (exchangeOnce !== undefined) return () => exchangeOnce
  const made = new Map<string, ExchangeOnce>()
  return (connector) => {
    const network = networkPolicy(connector)
    const key = JSON.stringify(network)
    const known = made.get(key)
    if (known !== undefined) return known
    const exchange = createExchangeOnce({ network, ...(now === undefined ? {} : { now }) })
    made.set(key, exchange)
    return exchange
  }
}
