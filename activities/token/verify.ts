import { randomBytes } from 'node:crypto'
import type { AuthLike } from '../../src/auth/auth-kind.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import type { TokenActivities, VerifyResult } from '../../src/contract/token-activities.js'
import type { Connector, Endpoint } from '../../src/connectors/connector.js'
import { expandTemplate, type VariableValues } from '../../src/definition/variables.js'
import { authKindOf } from '../../src/auth/registry.js'
import type { Exchange } from '../../src/auth/exchange.js'
import { ADDRESS_REFUSED } from '../http/check-address.js'
import { refusedAddress } from '../http/refused-address.js'
import { readAnswer } from '../http/upstream-answers.js'
import { clockNote, UpstreamClock } from '../http/upstream-clock.js'
import { createExchangeFor } from './exchange-for.js'
import { needConnector } from './find-connector.js'
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
  return async ({ connection, token }) => {
    const { connector, ref } = needConnector(deps.connectors, connection)
    const opened = await openFields(deps.keyring, token, { connection, purpose: 'token' })
    const { fields, variables } = splitFields(opened, ref.account)
    const url = verifyUrl(connector, variables)
    const method = verifyEndpoint(connector)?.method ?? 'GET'
    if (url === undefined)
      return { verdict: 'unknown', code: 'no_verify', message: `${ref.connector} has no verify` }
    const bare = { method, url, headers: { accept: 'application/json' } }
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
    if (kind.signsTime?.(connector.auth) !== true)
      return judge(await send(now), connector, connection, url)
    const clock = new UpstreamClock(deps.keyring, connection, now)
    const { answer, offMs } = await clock.send(send)
    return judge(answer, connector, connection, url, offMs)
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

function judge(
  exchange: Exchange,
  connector: Connector,
  connection: string,
  { host }: URL,
  offMs?: number,
): VerifyResult {
  const { status, fault } = exchange
  const verdict = status === undefined ? 'unknown' : verdictOf(exchange, status, connector)
  if (verdict === 'accepted') return { verdict }
  if (fault === ADDRESS_REFUSED) {
    const message = `The verify endpoint of ${connection} could not be asked: ${refusedAddress(host)}`
    return { verdict, code: 'AddressRefused', message }
  }
  const code = fault ?? `http_${String(status)}`
  const said = verdict === 'refused' ? 'refused the credential' : 'did not tell whether it works'
  const note = offMs === undefined ? '' : ` Note: ${clockNote(offMs)}.`
  return {
    verdict,
    code,
    message: `The verify endpoint of ${connection} ${said} (${code}).${note}`,
  }
}

function verdictOf(
  { headers, text, answeredAtMs }: Exchange,
  status: number,
  { expired }: Connector,
): VerifyResult['verdict'] {
  const answer = { status, headers, text, expired, pastExpiry: false, nowMs: answeredAtMs }
  const { means } = readAnswer(answer)
  if (means === 'expired') return 'refused'
  // A login page at 200 or a firewall's at 403 is not the API's word.
  const html = /\btext\/html\b/i.test(headers['content-type'] ?? '')
  if (means === 'accepted') return html ? 'unknown' : 'accepted'
  return means === 'rejected' && status === 403 && !html ? 'refused' : 'unknown'
}
