import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { TokenkeeperClient } from '../client/tokenkeeper-client.js'
import type { TemporalOptions } from './temporal-options.js'
import { printNotes } from './print.js'
import { UsageError } from './usage-error.js'

export interface OpenKeeper {
  readonly client: Client
  readonly keeper: TokenkeeperClient
  readonly publicKey: string | undefined
}

/**
 * Connects to Temporal, does the work and disconnects. Temporal's own variables and configuration file
 * are read (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS…`,
 * `TEMPORAL_PROFILE`); options win over them.
 */
export async function withKeeper<T>(
  options: TemporalOptions,
  work: (open: OpenKeeper) => Promise<T>,
): Promise<T> {
  const publicKey = options.publicKey ?? process.env['TOKENKEEPER_PUBLIC_KEY']
  const checkedKey = publicKey === undefined ? undefined : checkPublicKey(publicKey)
  const { connectionOptions, namespace } = readConfiguration()
  const { address, from } = readAddress(options, connectionOptions.address)
  const connection = await Connection.connect({
    ...connectionOptions,
    address,
    connectTimeout: '3s',
  }).catch((error: unknown) => {
    throw unreachable(address, from, error)
  })
  try {
    const client = new Client({
      connection,
      namespace: options.namespace ?? namespace ?? 'default',
    })
    const keeper = new TokenkeeperClient({
      client,
      taskQueue: options.taskQueue,
      publicKey: checkedKey,
      onWait: printNotes,
    })
    return await work({ client, keeper, publicKey })
  } finally {
    await connection.close()
  }
}

function readConfiguration(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig()
  } catch {
    // The reason would quote the file, in which an API key may stand.
    throw new UsageError(
      "Temporal's configuration can't be read: look at TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE and the TEMPORAL_TLS variables.",
    )
  }
}

/** The address, and where it came from: the first thing to look at where nobody answers there. */
function readAddress(
  options: TemporalOptions,
  configured: string | undefined,
): { readonly address: string; readonly from: string } {
  if (options.address !== undefined) return { address: options.address, from: 'of --address' }
  if (configured === undefined) return { address: 'localhost:7233', from: 'the default' }
  const ofEnvironment = process.env['TEMPORAL_ADDRESS'] === configured
  const profile = process.env['TEMPORAL_PROFILE'] ?? 'default'
  return {
    address: configured,
    from: ofEnvironment ? 'of TEMPORAL_ADDRESS' : `of the profile '${profile}'`,
  }
}

function checkPublicKey(text: string): string {
  if (/^tkpub1\.[0-9a-f]{16}\.[A-Za-z0-9_-]{43}$/.test(text.trim())) return text.trim()
  throw new UsageError(
    'The public key is none: give --public-key or TOKENKEEPER_PUBLIC_KEY the line that `npx tokenkeeper keygen` printed (tkpub1.…).',
  )
}

function unreachable(address: string, from: string, error: unknown): Error {
  const code =
    error instanceof Error
      ? /\b(?:ECONNREFUSED|ENOTFOUND|UNAUTHENTICATED|PERMISSION_DENIED|certificate)\b/.exec(
          error.message,
        )?.[0]
      : undefined
  return new Error(
    `Temporal can't be reached at ${address} (${from}${code === undefined ? '' : `; ${code}`}): is it running there? Name another with --address or TEMPORAL_ADDRESS; TLS and API key come from TEMPORAL_TLS and TEMPORAL_API_KEY.`,
  )
}
