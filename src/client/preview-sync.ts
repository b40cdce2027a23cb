import { randomUUID } from 'node:crypto'
import { type Client, WorkflowFailedError } from '@temporalio/client'
import { TimeoutFailure } from '@temporalio/common'
import { formatConnection, parseConnection } from '../contract/connection-ref.js'
import type { SyncInput } from '../contract/sync.js'
import {
  PREVIEW_SYNC_FLOW,
  type PreviewSyncInput,
  type PreviewSyncResult,
  type SyncPreview,
} from '../contract/sync-preview.js'
import { generateKeyPair } from '../sealing/key-pair.js'
import { createKeyring } from '../sealing/keyring.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'

const PREVIEW_WITHIN = '3 minutes'

/** What of a sync matters for what it would write. */
export type SyncToPreview = Pick<SyncInput, 'from' | 'to' | 'transform' | 'incremental'> & {
  readonly keeperTaskQueue: string
  readonly pages: number
}

/**
 * Shows what a sync would write of its first pages, and writes nothing. The keeper worker seals it for a key
 * that is made here and forgotten: records are in no history.
 * @throws TokenkeeperError by the table of failures where the sync would fail; `NoKeeperWorker`, `Unavailable`
 */
export async function previewSync(client: Client, sync: SyncToPreview): Promise<SyncPreview> {
  const { publicKey, privateKey } = await generateKeyPair()
  const result = await run(client, { ...sync, publicKey })
  switch (result.outcome) {
    case 'refused':
      throw new TokenkeeperError(result.code, `The sync would fail: ${result.message}`)
    case 'unknown':
      throw new TokenkeeperError('NoAnswer', `The sync would wait: ${result.why}`)
    case 'previewed': {
      const keyring = await createKeyring([privateKey])
      const ref = parseConnection(sync.from.connection)
      const connection = ref === undefined ? sync.from.connection : formatConnection(ref)
      const opened = await keyring.open(result.sealed, { connection, purpose: 'preview' })
      return JSON.parse(opened.reveal()) as SyncPreview
    }
  }
}

async function run(client: Client, input: PreviewSyncInput): Promise<PreviewSyncResult> {
  try {
    return await client.workflow.execute<(input: PreviewSyncInput) => Promise<PreviewSyncResult>>(
      PREVIEW_SYNC_FLOW,
      {
        workflowId: `tokenkeeper:preview-sync:${randomUUID()}`,
        taskQueue: input.keeperTaskQueue,
        args: [input],
        workflowExecutionTimeout: PREVIEW_WITHIN,
        staticSummary: 'what would a sync write?',
      },
    )
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error
    if (error.cause instanceof TimeoutFailure)
      throw new TokenkeeperError(
        'NoKeeperWorker',
        `Nobody on the task queue '${input.keeperTaskQueue}' showed what the sync would write within ${PREVIEW_WITHIN}: run a keeper worker of this version there.`,
      )
    throw new TokenkeeperError(
      'Unavailable',
      `What the sync would write could not be shown: ${error.cause?.message ?? 'unknown error'}`,
    )
  }
}
