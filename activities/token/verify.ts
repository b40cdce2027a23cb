import type { AuthLike } from '../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import type { Exchange } from '../../src/auth/kind/exchange.js'
import type { TokenActivities } from '../../src/contract/token-activities.js'
import { authorizeRequest, connectorHeaders } from '../connection/authorize-request.js'
import { buildUrl } from '../connection/build-url.js'
import {
  needConnector,
  ResolvedConnection,
  resolveEndpoint,
} from '../connection/resolve-connection.js'
import type { ClockedAnswer } from '../keeper/upstream-clock.js'
import type { Keeper } from '../keeper/keeper.js'
import { openFields, splitFields } from '../connection/sealed-fields.js'
import { judgeVerification } from './judge-verification.js'
import { readIdentity } from './account-mark.js'

/**
 * Asks the connector's verify endpoint whether a token works: without a lease, for the token is not given
 * out yet, and once, whatever the connection's limits say.
 * @throws ApplicationFailure `UnknownConnector`, `InvalidConnection`, `NoKeyHere`, `KeyMissing`,
 * `SealInvalid`, `InvalidInput`
 */
export function createVerify(keeper: Keeper): TokenActivities['tokenkeeper.verify'] {
  return async ({ connection, token, knownAccount: known = [] }) => {
    const { connector, ref } = needConnector(keeper.connectors, connection)
    const opened = await openFields(keeper.keyring, token, { connection, purpose: 'token' })
    const { fields, variables } = splitFields(opened, ref.account)
    const resolved = new ResolvedConnection(ref, connector, variables)
    const { verify, auth } = connector
    if (verify === undefined || resolved.filledBase === undefined) {
      const message = `${ref.connector} has no verify endpoint that can be asked`
      return { outcome: 'unknown', code: 'no_verify', again: false, message }
    }
    const { method, path } = resolveEndpoint(resolved, verify)
    const url = buildUrl(resolved, verify, path, {})
    const headers = {
      accept: 'application/json',
      ...connectorHeaders(connector, variables, connection),
    }
    const exchangeOnce = keeper.exchangeFor(connector, connection)
    const send = async (now: () => number): Promise<Exchange> => {
      const request = await authorizeRequest(resolved, fields, { method, url, headers }, now)
      return await exchangeOnce({ ...request, url: request.url.href })
    }
    const signsTime = authKindOf<AuthLike>(auth).signsTime?.(auth) === true
    const { answer: exchange, offMs }: ClockedAnswer<Exchange> = signsTime
      ? await keeper.upstreamClock(connection).send(send)
      : { answer: await send(keeper.now) }
    const about = { connection, connector, host: url.host, exchange, offMs }
    const result = judgeVerification(about)
    if (result.outcome !== 'accepted') return result
    return { ...result, ...readIdentity(keeper, connector, exchange.text, { connection, known }) }
  }
}
