import { randomBytes } from 'node:crypto'
import type { MintContext } from '../../src/auth/auth-kind.js'
import type { ExchangeOnce } from '../../src/auth/exchange.js'
import { expandTemplate, type VariableValues } from '../../src/definition/variables.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import type { FoundConnector } from './find-connector.js'
import type { TokenActivityDeps } from './token-activity-deps.js'

/** What a kind of authentication is handed from outside, whatever it is asked for. */
export function kindContext(
  deps: Pick<TokenActivityDeps, 'now' | 'metadata'>,
  exchangeOnce: ExchangeOnce,
  { connector, ref }: Pick<Extract<FoundConnector, { ok: true }>, 'connector' | 'ref'>,
  variables: VariableValues,
): Omit<MintContext, 'fields'> {
  const rules = connector.variables ?? {}
  const baseUrl = expandTemplate(connector.baseUrl, variables, rules)
  return {
    auth: connector.auth,
    account: ref.account,
    variables,
    rules,
    randomBytes,
    resolve: resolveDefinitionSecret,
    exchangeOnce,
    now: deps.now ?? Date.now,
    ...(deps.metadata === undefined ? {} : { metadata: deps.metadata }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  }
}
