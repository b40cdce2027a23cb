import type { Client } from '@temporalio/client'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import { KEEPER_TASK_QUEUE } from '../../contract/task-queues.js'
import { printNotes } from '../frame/print.js'
import { taskQueueOf, type TemporalOptions } from './temporal-options.js'
import { UsageError } from '../frame/usage-error.js'

export interface OpenKeeper {
  readonly client: Client
  readonly keeper: TokenkeeperClient
  /** The keeper worker's. */
  readonly taskQueue: string
  readonly publicKey: string | undefined
}

/** A server that does not answer by then is not there. */
const CONNECT_WITHIN = '3s'

/**
 * Connects to Temporal as the options, the variables and the configuration file say, does the work and
 * disconnects. A mistake in any of them is reported before a server is asked.
 * @throws UsageError; TokenkeeperError `Unavailable` where Temporal can't be reached or lets nobody in
 */
export async function withKeeper<T>(
  options: TemporalOptions,
  work: (open: OpenKeeper) => Promise<T>,
): Promise<T> {
  const publicKey = publicKeyOption(options)
  const taskQueue = taskQueueOf(options) ?? KEEPER_TASK_QUEUE
  const { readTemporalSettings } = await import('./temporal-settings.js')
  const settings = readTemporalSettings(options)
  // Loading them takes longer than most answers: the help does not need them.
  const [{ Client, Connection }, { TokenkeeperClient }, { createRemoteCodec }, explain] =
    await Promise.all([
      import('@temporalio/client'),
      import('../../client/tokenkeeper-client.js'),
      import('./remote-codec.js'),
      import('./explain-temporal.js'),
    ])
  const { address, namespace, identity, codec } = settings
  const connection = await Connection.connect({
    ...settings.connection,
    address,
    connectTimeout: CONNECT_WITHIN,
  }).catch(async (error: unknown) => {
    throw await explain.explainNoConnection(settings, error)
  })
  try {
    const client = new Client({
      connection,
      namespace,
      identity,
      dataConverter: {
        payloadCodecs: codec === undefined ? [] : [createRemoteCodec(codec, namespace)],
      },
    })
    const actor = { name: identity.replace(/^tokenkeeper-cli:/, ''), via: 'cli' }
    const keeper = new TokenkeeperClient({
      client,
      taskQueue,
      publicKey,
      actor,
      onWait: printNotes,
    })
    return await work({ client, keeper, taskQueue, publicKey }).catch(async (error: unknown) => {
      throw await explain.explainFailure(error, client, settings)
    })
  } finally {
    await connection.close()
  }
}

/** @throws UsageError */
export function publicKeyOption(options: TemporalOptions): string | undefined {
  const text = (options.publicKey ?? process.env['TOKENKEEPER_PUBLIC_KEY'])?.trim()
  // Compose and .env files set a variable that has no value to nothing.
  if (text === '') return undefined
  if (text === undefined || /^tkpub1\.[0-9a-f]{16}\.[A-Za-z0-9_-]{43}$/.test(text)) return text
  throw new UsageError(
    'The public key is none: give --public-key or TOKENKEEPER_PUBLIC_KEY the line that `tokenkeeper keygen` printed (tkpub1.…).',
  )
}
