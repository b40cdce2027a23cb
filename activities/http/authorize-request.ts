import { randomBytes } from 'node:crypto'
import type { AuthLike, OutgoingRequest, SecretFields } from '../../src/auth/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import { nameConnection } from './name-connection.js'
import type { ResolvedConnection } from './resolve-connection.js'

/** Puts the credential on: the last change before a request leaves. No promise where none is needed. */
export function authorizeRequest(
  { connector, variables, name }: ResolvedConnection,
  token: SecretFields,
  outgoing: OutgoingRequest,
  now: () => number,
) {
  const { auth, variables: rules = {} } = connector
  const signing = { now, randomBytes, resolve: resolveDefinitionSecret, variables, rules }
  const named = (error: unknown): never => {
    throw nameConnection(error, name)
  }
  try {
    const made = authKindOf<AuthLike>(auth).authorize(outgoing, token, auth, signing)
    return made instanceof Promise ? made.catch(named) : made
  } catch (error) {
    return named(error)
  }
}
