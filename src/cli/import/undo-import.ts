import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import { parseConnection, tokenWorkflowId } from '../../contract/connection-ref.js'
import type { Imported } from './import-log.js'

export interface UndoResult {
  readonly connection: string
  /** `would end`: with a dry run. */
  readonly outcome: 'ended' | 'would end' | 'skipped' | 'failed'
  readonly message?: string | undefined
}

export interface UndoHands {
  readonly client: Client
  readonly keeper: TokenkeeperClient
  readonly dryRun: boolean
}

/** What clocks of this machine and of the server may differ. */
const CLOCKS_MS = 300_000

/**
 * Ends a connection that an import has made: its token workflow is terminated, so that no provider is told.
 * One that was there before, was made anew since, or has got another credential since stays.
 */
export async function undoImport(
  { client, keeper, dryRun }: UndoHands,
  { connection, atMs, firstExecutionRunId }: Imported,
): Promise<UndoResult> {
  const ref = parseConnection(connection)
  if (ref === undefined) return { connection, outcome: 'failed', message: 'That is no connection.' }
  const handle = client.workflow.getHandle(tokenWorkflowId(ref))
  try {
    const { raw, startTime, status } = await handle.describe()
    if (status.name !== 'RUNNING')
      return { connection, outcome: 'skipped', message: 'It is not there any more.' }
    const first = raw.workflowExecutionInfo?.firstRunId
    const isOurs =
      firstExecutionRunId === undefined
        ? Math.abs(startTime.getTime() - atMs) < CLOCKS_MS
        : first === firstExecutionRunId
    if (!isOurs)
      return { connection, outcome: 'skipped', message: 'It was made anew since the import.' }
    if (firstExecutionRunId !== undefined && (await wasChanged(keeper, ref)))
      return {
        connection,
        outcome: 'skipped',
        message:
          'It has got another credential since the import: end it with `tokenkeeper revoke`.',
      }
    if (dryRun) return { connection, outcome: 'would end' }
    await handle.terminate('tokenkeeper import --undo')
    return { connection, outcome: 'ended' }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      return { connection, outcome: 'skipped', message: 'It is not there any more.' }
    return {
      connection,
      outcome: 'failed',
      message: error instanceof Error ? error.message : 'It failed.',
    }
  }
}

/** Whether somebody has connected it, or rotated its credential, after the import did. */
async function wasChanged(
  keeper: TokenkeeperClient,
  { connector, account }: { readonly connector: string; readonly account: string },
): Promise<boolean> {
  const story = await keeper.story(connector, account)
  return story.filter(({ event }) => event === 'connected' || event === 'rotated').length > 1
}
