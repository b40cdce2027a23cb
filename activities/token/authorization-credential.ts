import type { Connector } from '../../src/connectors/connector.js'
import type { AuthorizationSource } from '../../src/contract/credential.js'
import { createFailure } from '../../src/contract/failure.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { Secret } from '../../src/sealing/secret.js'
import type { Keeper } from '../keeper.js'
import { authorizationVariables } from './authorization-variables.js'
import { parseFields } from './sealed-fields.js'

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
    ...(variables === undefined ? {} : { variables }),
    ...(previous === undefined ? {} : { previous }),
  })
  const verifier = await keyring.open(sealedVerifier, { connection, purpose: 'verifier' })
  return new Secret(
    JSON.stringify({
      ...values,
      code,
      codeVerifier: verifier.reveal(),
      redirectUri,
      ...(scope === undefined ? {} : { scope }),
    }),
  )
}
