import { randomBytes } from 'node:crypto'
import type { AuthLike, OutgoingRequest, SecretFields } from '../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import { createFailure, failureCode, failureDetails } from '../../src/contract/failure.js'
import type { Connector } from '../../src/connectors/connector.js'
import { expandTemplate, type VariableValues } from '../../src/definition/variables.js'
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

const NO_HEADERS: Readonly<Record<string, string>> = {}

/**
 * The headers that a connector puts onto every request, by lower-case name, with the connection's own
 * values in them.
 * @throws ApplicationFailure `InvalidConnection` where a value is missing
 */
export function connectorHeaders(
  { headers, variables: rules }: Pick<Connector, 'headers' | 'variables'>,
  variables: VariableValues,
  connection: string,
): Readonly<Record<string, string>> {
  if (headers === undefined) return NO_HEADERS
  const made = Object.entries(headers).map(([name, template]) => {
    const value = expandTemplate(template, variables, rules)
    if (value !== undefined) return [name.toLowerCase(), value] as const
    throw createFailure(
      'InvalidConnection',
      `${connection}: the header ${name} of its connector can't be made: a value for ${template} is missing. Connect it again with that value, or mend the connector's headers.`,
      { connection },
    )
  })
  return Object.fromEntries(made)
}

/** A failure of a kind of authentication, which does not know the connection that it is asked for. */
export function nameConnection(error: unknown, connection: string): unknown {
  const code = failureCode(error)
  if (code === undefined || !(error instanceof Error)) return error
  const details = failureDetails(error)
  if (details?.connection !== undefined) return error
  return createFailure(code, `${connection}: ${error.message}`, { ...details, connection })
}
