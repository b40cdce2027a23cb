import { type Client, isGrpcServiceError } from '@temporalio/client'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { grpcCode } from '../../client/errors/explain-temporal-error.js'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import { nearestOf } from '../frame/nearest.js'
import { connectionNames } from '../frame/connection-names.js'
import { UsageError } from '../frame/usage-error.js'
import type { TemporalSettings } from './temporal-settings.js'

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

type Tls = TemporalSettings['connection']['tls']

const WITHIN_MS = 2000
/** A server that wants a client certificate says so a moment after the handshake (TLS 1.3). */
const OBJECTS_WITHIN_MS = 500

const UNKNOWN_CA = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]

/**
 * Why no TLS with a server comes about, and what to do: gRPC says only that it waited in vain. Undefined
 * where TLS is not what is wrong.
 */
async function tlsProblem(address: string, tls: Tls): Promise<string | undefined> {
  if (tls === undefined || tls === null || tls === false) return undefined
  const code = await handshakeCode(address, tls === true ? {} : tls)
  if (code === undefined) return undefined
  if (UNKNOWN_CA.includes(code))
    return `its certificate is of a CA that is not known here (${code}): name the CA with --tls-ca-path`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `its certificate is for another name (${code}): give that name with --tls-server-name, or look at the address`
  if (code.startsWith('CERT_')) return `its certificate is not valid (${code}): look at its dates`
  if (/ALERT/.test(code))
    return `it refused the client certificate, or wants one (${code}): give one with --tls-cert-path and --tls-key-path`
  return /WRONG_VERSION|ERR_SSL/.test(code)
    ? `it does not speak TLS there (${code}): --no-tls turns it off`
    : undefined
}

function handshakeCode(
  address: string,
  tls: Exclude<Tls, boolean | null | undefined>,
): Promise<string | undefined> {
  const { hostname, port } = new URL(`https://${address}`)
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = connect({
      host,
      port: Number(port === '' ? 443 : port),
      servername: tls.serverNameOverride ?? (isIP(host) === 0 ? host : undefined),
      ca: asBuffer(tls.serverRootCACertificate),
      cert: asBuffer(tls.clientCertPair?.crt),
      key: asBuffer(tls.clientCertPair?.key),
      ALPNProtocols: ['h2'],
    })
    const end = (code: string | undefined): void => {
      socket.destroy()
      resolve(code)
    }
    socket.setTimeout(WITHIN_MS, () => end(undefined))
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code))
    socket.once('secureConnect', () => socket.setTimeout(OBJECTS_WITHIN_MS))
    socket.resume()
  })
}

function asBuffer(bytes: Uint8Array | undefined): Buffer | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes)
}
