import type { AuthLike } from '../../src/auth/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import type { Connector } from '../../src/connectors/connector.js'
import type { TokenActivities } from '../../src/contract/token-activities.js'
import type { Keeper } from '../keeper.js'
import { askedVariables, authorizationVariables } from './authorization-variables.js'
import { findConnector } from './find-connector.js'
import { kindContext } from './kind-context.js'

/**
 * Makes the URL that a person opens to authorise a connection, without `state`.
 * @throws ApplicationFailure `NoKeyHere`, `KeyMissing`, `SealInvalid`, `SecretUnresolved`,
 * `InvalidConnection`
 */
export function createAuthorizationUrl(
  keeper: Keeper,
): TokenActivities['tokenkeeper.authorization-url'] {
  return async (input) => {
    const { connection, redirectUri, codeChallenge, scope } = input
    const found = findConnector(keeper.connectors, connection)
    if (!found.ok) return found
    const { connector, ref } = found
    const kind = authKindOf<AuthLike>(connector.auth)
    if (kind.authorizationUrl === undefined)
      return refuse(
        `${connection} is authenticated by the kind ${kind.kind}, which needs no browser: give its credential to TokenkeeperClient.connect.`,
      )
    const values = await authorizationVariables(keeper, connector, input)
    if (values === undefined) return refuse(lacking(connection, connector))
    return await kind.authorizationUrl({
      ...kindContext(keeper, found, { ...values, account: ref.account }),
      redirectUri,
      codeChallenge,
      ...(scope === undefined ? {} : { scope }),
    })
  }
}

function refuse(message: string) {
  return { ok: false, code: 'InvalidInput', message } as const
}

function lacking(connection: string, connector: Connector): string {
  const asked = askedVariables(connector).join(', ') || 'none'
  return `The authorization of ${connection} needs values that may stand in a URL for the variables of its connector (${asked}) and for no others: give them as variables.`
}
