import { type Client, isGrpcServiceError } from '@temporalio/client'
import { grpcCode } from '../../client/errors/explain-temporal-error.js'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import { nearestOf } from '../frame/nearest.js'
import { connectionNames } from '../frame/connection-names.js'
import type { TemporalSettings } from './temporal-settings.js'
import { tlsProblem } from './tls-problem.js'
import { UsageError } from '../frame/usage-error.js'

// gRPC status codes (https://grpc.io/docs/guides/status-codes/).
const NOT_FOUND = 5
const GRPC_REFUSALS: Readonly<Record<number, string>> = {
  7: 'permission denied',
  16: 'unauthenticated',
}
const EXPLAIN_WITHIN_MS = 2000

/** Why a connection did not come about, and what to do. */
export async function explainNoConnection(
  settings: TemporalSettings,
  error: unknown,
): Promise<Error> {
  const { address, addressFrom, connection } = settings
  const problem = await tlsProblem(address, connection.tls)
  if (problem === undefined) return unreachable(settings, error)
  return new TokenkeeperError(
    'Unavailable',
    `No TLS with Temporal at ${address} (${addressFrom}): ${problem}.`,
  )
}

/** Why nobody answered at the address, and where the address came from. */
function unreachable(settings: TemporalSettings, error: unknown): Error {
  const { address, addressFrom, connection } = settings
  const text = error instanceof Error ? error.message : ''
  const code =
    /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|certificate|wrong version number)\b/.exec(
      text,
    )?.[0]
  const refusal = grpcCode(error)
  const why = (refusal === undefined ? undefined : GRPC_REFUSALS[refusal]) ?? code
  if (refusal !== undefined && GRPC_REFUSALS[refusal] !== undefined)
    return new TokenkeeperError(
      'Unavailable',
      `Temporal at ${address} (${addressFrom}) does not let this caller in (${why ?? ''}): look at TEMPORAL_API_KEY, or at the client certificate (--tls-cert-path).`,
    )
  const tls =
    connection.tls === undefined || connection.tls === false || connection.tls === null
      ? 'TLS is off; --tls turns it on.'
      : 'TLS is on; --no-tls turns it off, --tls-ca-path names a CA of your own.'
  return new TokenkeeperError(
    'Unavailable',
    `Temporal can't be reached at ${address} (${addressFrom}${why === undefined ? '' : `; ${why}`}): is it running there? Name another with --address or TEMPORAL_ADDRESS. ${tls}`,
  )
}

/** Says of a failure what the library can't know: that the namespace is not there, or which name was meant. */
export async function explainFailure(
  error: unknown,
  client: Client,
  settings: TemporalSettings,
): Promise<unknown> {
  if (error instanceof UsageError) return error
  const isUnknown =
    error instanceof TokenkeeperError && ['NotConnected', 'UnknownSync'].includes(error.code)
  const isRefused = error instanceof TokenkeeperError && error.code === 'Unavailable'
  const code = grpcCode(error)
  if ((isUnknown || isRefused || code === NOT_FOUND) && !(await hasNamespace(client)))
    return new TokenkeeperError(
      'Unavailable',
      `Temporal at ${settings.address} has no namespace '${settings.namespace}' (${settings.namespaceFrom}): name another with --namespace or TEMPORAL_NAMESPACE.`,
    )
  if (error instanceof TokenkeeperError) return isUnknown ? await suggest(error, client) : error
  if (code === undefined) return error
  if (GRPC_REFUSALS[code] !== undefined) return unreachable(settings, error)
  const cause = (error as Error).cause ?? error
  const details = isGrpcServiceError(cause) ? cause.details : 'it gave no answer'
  return new TokenkeeperError('Unavailable', `Temporal did not do it: ${details}`)
}

async function suggest(error: TokenkeeperError, client: Client): Promise<TokenkeeperError> {
  const { code, message, connection } = error
  if (code !== 'NotConnected' || connection === undefined) return error
  const names = await connectionNames(client).catch((): readonly string[] => [])
  const near = names.includes(connection) ? '' : nearestOf(connection, names)
  return near === '' ? error : new TokenkeeperError(code, `${message}${near}`, connection)
}

async function hasNamespace(client: Client): Promise<boolean> {
  const { namespace } = client.options
  try {
    await client.withDeadline(Date.now() + EXPLAIN_WITHIN_MS, () =>
      client.workflowService.describeNamespace({ namespace }),
    )
    return true
  } catch (error) {
    return grpcCode(error) !== NOT_FOUND
  }
}
