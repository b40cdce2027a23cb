import type { ExchangeOnce } from '../../src/auth/kind/exchange.js'
import { methodOf, type Tracing } from '../../src/contract/tracing.js'

/** Exchanges, each in a span. It never names the URL: steps of a login have values in it. */
export function tracedExchange(
  exchangeOnce: ExchangeOnce,
  tracing: Tracing,
  connection: string,
): ExchangeOnce {
  return (request) => {
    const attributes = {
      'tokenkeeper.connection': connection,
      'http.request.method': methodOf(request.method),
    }
    return tracing.inSpan('tokenkeeper.token.exchange', attributes, async (span) => {
      const exchange = await exchangeOnce(request)
      const { status, fault } = exchange
      span.set({ 'http.response.status_code': status })
      const failed = fault ?? (status !== undefined && status >= 400 ? status : undefined)
      if (failed !== undefined) span.fail(failed)
      return exchange
    })
  }
}
