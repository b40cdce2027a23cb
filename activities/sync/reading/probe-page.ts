import { CancelledFailure, Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { failureCode } from '../../../src/contract/failure.js'
import type { FlowActivities } from '../../../src/contract/flow-activities.js'
import { FAILURES } from '../../../src/contract/failures.js'
import { isLeaseLive } from '../../../src/contract/lease.js'
import type { ProbePageInput, ProbePageResult } from '../../../src/contract/replay.js'
import { resolveConnection, resolveEndpoint } from '../../connection/resolve-connection.js'
import { openClaimed } from '../../connection/open-session.js'
import { LeaseExpired } from '../../keeper/confirmed-leases.js'
import { UpstreamWait } from '../../runtime/upstream-wait.js'
import type { Keeper } from '../../keeper/keeper.js'
import { PageReader } from './page-reader.js'
import { parseSyncPosition } from './sync-position.js'

/** Reads one page at a checkpoint's cursor, once, to find out whether a sync could go on there. */
export function createProbePage(keeper: Keeper): FlowActivities['tokenkeeper.probe-page'] {
  return (input) => probePage(keeper, input)
}

async function probePage(
  keeper: Keeper,
  { from, lease, checkpoint }: ProbePageInput,
): Promise<ProbePageResult> {
  const { cancellationSignal: signal } = Context.current()
  // A retried attempt comes with its old lease.
  if (!isLeaseLive(lease, keeper.serverNow()()))
    return { outcome: 'unknown', why: 'there was no time to read the page at its place' }
  try {
    const resolved = resolveConnection(keeper.connectors, from.connection)
    const endpoint = resolveEndpoint(resolved, from.endpoint)
    const session = await openClaimed(keeper, resolved, lease, signal)
    const reader = await PageReader.open(session, endpoint, from, checkpoint)
    const { warnings } = await reader.read(parseSyncPosition(checkpoint.cursor).page, signal)
    return { outcome: 'readable', warnings }
  } catch (error) {
    return judgeReading(error, from.connection)
  }
}

/** What a failed try to read a page means for a sync that would begin there. */
export function judgeReading(
  error: unknown,
  connection: string,
): Exclude<ProbePageResult, { readonly outcome: 'readable' }> {
  if (error instanceof CancelledFailure) throw error
  if (error instanceof UpstreamWait || error instanceof LeaseExpired)
    return { outcome: 'unknown', why: `${connection} asks for a pause now` }
  const code = failureCode(error)
  if (code === undefined || !(error instanceof ApplicationFailure)) throw error
  if (FAILURES[code].retryable || code === 'CredentialRejected')
    return { outcome: 'unknown', why: error.message }
  return { outcome: code === 'CursorRefused' ? 'dead' : 'refused', code, message: error.message }
}
