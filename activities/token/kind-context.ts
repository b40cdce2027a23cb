import { randomBytes } from 'node:crypto'
import type { MintContext } from '../../src/auth/kind/auth-kind.js'
import { formatConnection } from '../../src/contract/connection-ref.js'
import { expandTemplate, type VariableValues } from '../../src/definition/variables.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import type { Keeper } from '../keeper/keeper.js'
import type { FoundConnector } from '../connection/resolve-connection.js'

/** What a kind of authentication is handed from outside, whatever it is asked for. */
export function kindContext(
  keeper: Keeper,
  { connector, ref }: Pick<Extract<FoundConnector, { outcome: 'found' }>, 'connector' | 'ref'>,
  variables: VariableValues,
): Omit<MintContext, 'fields'> {
  const rules = connector.variables ?? {}
  return {
    auth: connector.auth,
    account: ref.account,
    variables,
    rules,
    randomBytes,
    resolve: resolveDefinitionSecret,
    exchangeOnce: keeper.exchangeFor(connector, formatConnection(ref)),
    now: keeper.now,
    providers: keeper.providers,
    baseUrl: expandTemplate(connector.baseUrl, variables, rules),
  }
}
