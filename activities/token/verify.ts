import { randomBytes } from 'node:crypto'
import type { AuthLike } from '../../src/auth/auth-kind.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import type { TokenActivities } from '../../src/contract/token-activities.js'
import type { Connector, Endpoint } from '../../src/connectors/connector.js'
import { expandTemplate, type VariableValues } from '../../src/definition/variables.js'
import { authKindOf } from '../../src/auth/registry.js'
import type { Exchange } from '../../src/auth/exchange.js'
import { connectorHeaders } from '../http/connector-headers.js'
import { UpstreamClock } from '../http/upstream-clock.js'
import { createExchangeFor } from './exchange-for.js'
import { needConnector } from './find-connector.js'
import { judgeVerification } from './judge-verification.js'
import { readIdentity } from './read-identity.js'
import { splitFields } from './connection-variables.js'
import { openFields } from './sealed-fields.js'
import type { TokenActivityDeps } from './token-activity-deps.js'

/**
 * Asks the connector's verify endpoint whether a token works.
 * @throws ApplicationFailure `UnknownConnector`, `InvalidConnection`, `NoKeyHere`, `KeyMissing`,
 * `SealInvalid`, `InvalidInput`
 */
export function createVerify(deps: TokenActivityDeps): TokenActivities['tokenkeeper.verify'] {
  const exchangeFor = createExchangeFor(deps)
  return async ({ connection, token, knownAccount: known = [] }) => {
    const { connector, ref } = needConnector(deps.connectors, connection)
    const opened = await openFields(deps.keyring, token, { connection, purpose: 'token' })
    const { fields, variables } = splitFields(opened, ref.account)
    const url = verifyUrl(connector, variables)
    const method = verifyEndpoint(connector)?.method ?? 'GET'
    if (url === undefined) {
      const message = `${ref.connector} has no verify endpoint that can be asked`
      return { verdict: 'unknown', code: 'no_verify', again: false, message }
    }
    const own = connectorHeaders(connector, variables, connection)
    const bare = { method, url, headers: { accept: 'application/json', ...own } }
    const kind = authKindOf<AuthLike>(connector.auth)
    const send = async (now: () => number): Promise<Exchange> => {
      const request = await kind.authorize(bare, fields, connector.auth, {
        now,
        randomBytes,
        resolve: resolveDefinitionSecret,
        variables,
        rules: connector.variables ?? {},
      })
      return await exchangeFor(connector)({ ...request, url: request.url.href })
    }
    const now = deps.now ?? Date.now
    const signed = kind.signsTime?.(connector.auth) === true
    const clock = new UpstreamClock(deps.keyring, connection, now)
    const { answer: exchange, offMs } = signed
      ? await clock.send(send)
      : { answer: await send(now), offMs: undefined }
    const about = { connection, connector, host: url.host, exchange }
    const result = judgeVerification({ ...about, ...(offMs === undefined ? {} : { offMs }) })
    if (result.verdict !== 'accepted') return result
    return { ...result, ...readIdentity(deps, connector, exchange.text, { connection, known }) }
  }
}

function verifyEndpoint({ endpoints, verify }: Connector): Endpoint | undefined {
  return verify === undefined ? undefined : endpoints[verify]
}

function verifyUrl(connector: Connector, variables: VariableValues): URL | undefined {
  const path = verifyEndpoint(connector)?.path
  const base = expandTemplate(connector.baseUrl, variables, connector.variables)
  if (path === undefined || base === undefined) return undefined
  return new URL(base.replace(/\/$/, '') + path)
}
