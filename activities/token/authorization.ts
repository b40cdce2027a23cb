import type { AuthLike } from '../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import type { Connector } from '../../src/connectors/connector.js'
import type { TokenActivities } from '../../src/contract/token-activities.js'
import type { AuthorizationSource } from '../../src/contract/credential.js'
import { createFailure } from '../../src/contract/failure.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { Secret } from '../../src/sealing/secret.js'
import { isVariableValue, type VariableValues } from '../../src/definition/variables.js'
import type { Keeper } from '../keeper/keeper.js'
import { findConnector } from '../connection/resolve-connection.js'
import { openFields, parseFields, splitFields } from '../connection/sealed-fields.js'
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
    if (found.outcome === 'refused') return found
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
      scope,
    })
  }
}

function refuse(message: string) {
  return { outcome: 'refused', code: 'InvalidInput', message } as const
}

function lacking(connection: string, connector: Connector): string {
  const asked = askedVariables(connector).join(', ') || 'none'
  return `The authorization of ${connection} needs values that may stand in a URL for the variables of its connector (${asked}) and for no others: give them as variables.`
}

/**
 * Joins what a callback brought with what was kept for it, as the credential of a kind with
 * `authorizationUrl`: `code`, `codeVerifier`, `redirectUri`, and the connector's variables.
 * @throws ApplicationFailure `InvalidInput` where no code came, or variables are missing; as
 * `Keyring.open`
 */
export async function authorizationCredential(
  keeper: Pick<Keeper, 'keyring'>,
  connector: Pick<Connector, 'variables'>,
  {
    connection,
    source,
    previous,
  }: {
    readonly connection: string
    readonly source: AuthorizationSource
    readonly previous: Sealed | undefined
  },
): Promise<Secret> {
  const { keyring } = keeper
  const { sealedVerifier, redirectUri, codeParameter = 'code' } = source.authorization
  const { scope, variables } = source.authorization
  const answer = parseFields(
    await keyring.open(source.sealed, { connection, purpose: 'credential' }),
  )
  const code = answer?.[codeParameter]?.reveal()
  if (code === undefined || code === '')
    throw createFailure(
      'InvalidInput',
      `The callback of ${connection} brought no '${codeParameter}': begin the authorization again, and look at the redirect URI that is registered with the provider.`,
      { connection },
    )
  const values = await authorizationVariables(keeper, connector, {
    connection,
    variables,
    previous,
  })
  const verifier = await keyring.open(sealedVerifier, { connection, purpose: 'verifier' })
  return new Secret(
    JSON.stringify({
      ...values,
      code,
      codeVerifier: verifier.reveal(),
      redirectUri,
      scope,
    }),
  )
}

/** The connector's variables that come with the credential. */
export function askedVariables({ variables = {} }: Pick<Connector, 'variables'>): string[] {
  return Object.keys(variables).filter((name) => variables[name]?.from === 'credential')
}

/**
 * The values that an authorization names, and for what it does not name those of the grant of before.
 * Undefined where one is missing or may not stand in a URL.
 */
export async function authorizationVariables(
  { keyring }: Pick<Keeper, 'keyring'>,
  connector: Pick<Connector, 'variables'>,
  input: {
    readonly connection: string
    readonly variables?: Readonly<Record<string, string>> | undefined
    readonly previous?: Sealed | undefined
  },
): Promise<VariableValues | undefined> {
  const { connection, variables: given = {}, previous } = input
  const asked = askedVariables(connector)
  if (Object.keys(given).some((name) => !asked.includes(name))) return undefined
  const before =
    previous === undefined || asked.every((name) => Object.hasOwn(given, name))
      ? {}
      : splitFields(await openFields(keyring, previous, { connection, purpose: 'grant' }), '')
          .variables
  const values: Record<string, string> = {}
  for (const name of asked) {
    const rule = connector.variables?.[name]
    const value = Object.hasOwn(given, name) ? given[name] : before[name]
    if (rule === undefined || value === undefined || !isVariableValue(rule, value)) return undefined
    values[name] = value
  }
  return values
}
