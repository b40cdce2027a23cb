import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import {
  type ConnectionRef,
  parseConnection,
  tokenWorkflowId,
} from '../../contract/connection-ref.js'
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
 * One that was there before, was made anew since, or has got another credential since stays; so does one
 * with a credential of which the file does not say that the import has given it.
 */
export async function undoImport(
  { client, keeper, dryRun }: UndoHands,
  { connection, atMs, firstExecutionRunId, hasFailed }: Imported,
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
    const kept =
      firstExecutionRunId === undefined || hasFailed === true
        ? await whyForeign(keeper, ref, hasFailed === true)
        : await whyChanged(keeper, ref)
    if (kept !== undefined) return { connection, outcome: 'skipped', message: kept }
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

/** A sentence where it has a credential: somebody else may have given it. Without one nothing is lost. */
async function whyForeign(
  keeper: TokenkeeperClient,
  { connector, account }: ConnectionRef,
  hasFailed: boolean,
): Promise<string | undefined> {
  const { status } = await keeper.status(connector, account)
  if (status === 'pending') return undefined
  const what = hasFailed
    ? 'The import failed to connect it'
    : 'The import ended while it connected it'
  return `${what}, and it is ${status}: somebody else may have connected it. Where nobody has, end it with \`tokenkeeper revoke\`.`
}

/** A sentence where somebody has connected it, or rotated its credential, after the import did. */
async function whyChanged(
  keeper: TokenkeeperClient,
  { connector, account }: ConnectionRef,
): Promise<string | undefined> {
  const story = await keeper.story(connector, account)
  const given = story.filter(({ event }) => event === 'connected' || event === 'rotated').length
  return given > 1
    ? 'It has got another credential since the import: end it with `tokenkeeper revoke`.'
    : undefined
}
