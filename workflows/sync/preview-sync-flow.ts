import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow'
import { failureCode } from '../../src/contract/failure.js'
import { toSummary } from '../../src/contract/foreign-text.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { incrementalSource } from '../../src/contract/watermark.js'
import { isCount, isPlainText } from '../../src/contract/outside-values.js'
import { isKeeperTaskQueue, workQueueOf } from '../../src/contract/task-queues.js'
import {
  MAX_PREVIEW_PAGES,
  type PreviewSyncInput,
  type PreviewSyncResult,
} from '../../src/contract/sync-preview.js'
import { leaseOf } from '../flow/connection.js'
import {
  TOKEN_QUEUE_HEARTBEAT_TIMEOUT,
  WORK_QUEUE_HEARTBEAT_TIMEOUT,
} from '../runtime/heartbeat-timeouts.js'
import { followDeployments } from '../runtime/long-lived.js'
import { turnOf } from '../runtime/priorities.js'
import { invalidInput, readInput } from '../runtime/read-input.js'
import { wrongFieldOfSubject } from './read-sync-input.js'

/** A connection that works answers in a fraction of it. */
const PREVIEW_USABLE_WITHIN = '5s'

const EXPECTED_PREVIEW =
  '{"from":{"connection":"shopify/acme","endpoint":"orders.list"},"to":{"connection":"erp","endpoint":"orders.upsert"},"keeperTaskQueue":"tokenkeeper","pages":1,"publicKey":"tkpub1.…"}. npx tokenkeeper sync start --dry-run starts it by itself'

/**
 * Shows what a sync would write of its first pages, to whoever has the private key of `publicKey`: records
 * are in no history. Reads from the source, and writes nothing anywhere.
 */
export async function previewSyncFlow(input: PreviewSyncInput): Promise<PreviewSyncResult> {
  const given = readInput(input, EXPECTED_PREVIEW)
  const wrong = wrongFieldOfPreview(given)
  if (wrong !== undefined)
    throw invalidInput(`${wrong} is missing or not as it must be`, EXPECTED_PREVIEW)
  const { from, to, transform, incremental, keeperTaskQueue, pages, publicKey } = given
  const { 'tokenkeeper.check-sync': check } = proxyActivities<
    Pick<FlowActivities, 'tokenkeeper.check-sync'>
  >({
    taskQueue: keeperTaskQueue,
    startToCloseTimeout: '20s',
    heartbeatTimeout: TOKEN_QUEUE_HEARTBEAT_TIMEOUT,
    retry: { maximumAttempts: 3 },
    summary: 'check the sync',
  })
  const { 'tokenkeeper.preview-sync': preview } = proxyActivities<
    Pick<FlowActivities, 'tokenkeeper.preview-sync'>
  >({
    taskQueue: workQueueOf(keeperTaskQueue),
    priority: turnOf('call', from.connection),
    startToCloseTimeout: '90s',
    heartbeatTimeout: WORK_QUEUE_HEARTBEAT_TIMEOUT,
    scheduleToCloseTimeout: '2 minutes',
    retry: { maximumAttempts: 2 },
    summary: toSummary(`read the first pages of ${from.connection} ${from.endpoint}`),
  })
  try {
    const checked = await check({ from, to, transform, incrementalId: incremental?.id })
    if (checked.outcome === 'refused') {
      const { code, message } = checked
      return { outcome: 'refused', code, message }
    }
    const ends = 'sink' in to ? [from] : [from, to]
    const waits = { taskQueue: keeperTaskQueue, maxWait: PREVIEW_USABLE_WITHIN }
    const [lease, toLease] = await Promise.all(ends.map((end) => leaseOf(end.connection, waits)))
    if (lease === undefined) throw new TypeError('a source without a lease')
    const { watermark: since } = checked
    return await preview({
      from: incrementalSource(from, incremental, since),
      to,
      transform,
      pages,
      publicKey,
      lease,
      toLease,
      since,
      watermarkField: incremental?.field,
    })
  } catch (error) {
    if (isCancellation(error)) throw error
    return toResult(error)
  }
}

followDeployments(previewSyncFlow)

function wrongFieldOfPreview(input: PreviewSyncInput): string | undefined {
  const { keeperTaskQueue, pages, publicKey } = input
  if (!isKeeperTaskQueue(keeperTaskQueue)) return 'keeperTaskQueue'
  if (!isCount(pages, MAX_PREVIEW_PAGES) || pages === 0) return 'pages'
  if (!isPlainText(publicKey, 200)) return 'publicKey'
  return wrongFieldOfSubject(input)
}

/** A connection that is not usable, or an activity that failed, says why. */
function toResult(error: unknown): PreviewSyncResult {
  const cause = error instanceof ActivityFailure ? error.cause : error
  const code = failureCode(cause)
  if (code === undefined || !(cause instanceof ApplicationFailure)) {
    if (!(error instanceof ActivityFailure)) throw error
    const why = `${error.activityType} failed in a way that it should not: look at the keeper worker's log`
    return { outcome: 'unknown', why }
  }
  return code === 'ConnectionNotUsable'
    ? { outcome: 'unknown', why: cause.message }
    : { outcome: 'refused', code, message: cause.message }
}
