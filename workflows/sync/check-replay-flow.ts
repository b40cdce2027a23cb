import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  TimeoutFailure,
} from '@temporalio/workflow'
import { failureCode } from '../../src/contract/failure.js'
import { toSummary } from '../../src/contract/foreign-text.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { workQueueOf } from '../../src/contract/task-queues.js'
import { incrementalSource } from '../../src/contract/watermark.js'
import type { Lease } from '../../src/contract/lease.js'
import type {
  CheckReplayInput,
  CheckReplayResult,
  CheckReplaySubject,
  ProbePageResult,
  ReplayVerdict,
} from '../../src/contract/replay.js'
import { leaseOf } from '../flow/connection.js'
import {
  TOKEN_QUEUE_HEARTBEAT_TIMEOUT,
  WORK_QUEUE_HEARTBEAT_TIMEOUT,
} from '../runtime/heartbeat-timeouts.js'
import { followDeployments } from '../runtime/long-lived.js'
import { turnOf } from '../runtime/priorities.js'
import { invalidInput, readInput } from '../runtime/read-input.js'
import { wrongFieldOfReplay, wrongFieldOfSubject } from './read-sync-input.js'

/** A connection that works answers in a fraction of it. */
const USABLE_WITHIN = '3s'

const EXPECTED_CHECK =
  '{"syncs":[{"from":{"connection":"shopify/acme","endpoint":"orders.list"},"to":{"connection":"erp","endpoint":"orders.upsert"}}],"keeperTaskQueue":"tokenkeeper"}. npx tokenkeeper replay starts it by itself'

type Activities = Pick<FlowActivities, 'tokenkeeper.check-sync'>
type Probe = Pick<FlowActivities, 'tokenkeeper.probe-page'>

/**
 * Says of each sync whether it can go on at its checkpoint: by its definition, and by reading the page
 * there once. Nothing is written anywhere. A connection that is not usable now is no obstacle: the sync
 * parks until it is.
 */
export async function checkReplayFlow(input: CheckReplayInput): Promise<CheckReplayResult> {
  const { syncs, keeperTaskQueue, firstPage } = readInput(input, EXPECTED_CHECK)
  const wrong = wrongFieldOfReplay(input)
  if (wrong !== undefined)
    throw invalidInput(`${wrong} is missing or not as it must be`, EXPECTED_CHECK)
  const toCheck = ({ from }: CheckReplaySubject): Activities['tokenkeeper.check-sync'] =>
    proxyActivities<Activities>({
      taskQueue: keeperTaskQueue,
      startToCloseTimeout: '60s',
      heartbeatTimeout: TOKEN_QUEUE_HEARTBEAT_TIMEOUT,
      retry: { initialInterval: '500ms', maximumAttempts: 3 },
      summary: toSummary(`check a sync of ${from.connection} ${from.endpoint}`),
    })['tokenkeeper.check-sync']
  // An upstream that does not answer must not take the time of all.
  const toProbe = ({ from }: CheckReplaySubject): Probe['tokenkeeper.probe-page'] =>
    proxyActivities<Probe>({
      taskQueue: workQueueOf(keeperTaskQueue),
      priority: turnOf('call', from.connection),
      startToCloseTimeout: '40s',
      heartbeatTimeout: WORK_QUEUE_HEARTBEAT_TIMEOUT,
      scheduleToCloseTimeout: '60s',
      retry: { initialInterval: '500ms', maximumAttempts: 3 },
      summary: toSummary(`read a page of ${from.connection} ${from.endpoint}`),
    })['tokenkeeper.probe-page']
  const registered = new Set<string>()
  const verdicts = await Promise.all(syncs.map(judgeAlone))
  return { verdicts, searchAttributes: [...registered] }

  /** What goes wrong with one says nothing about the others. */
  async function judgeAlone(sync: CheckReplaySubject): Promise<ReplayVerdict> {
    const field = wrongFieldOfSubject(sync)
    if (field !== undefined) {
      const message = `${field} is missing or not as it must be: start the sync anew with an argument as docs/sync/README.md gives it.`
      return { outcome: 'refused', code: 'InvalidInput', message }
    }
    try {
      return await judge(sync)
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
      const message = `it could not be checked: ${error.activityType} failed in a way that it should not; look at its input, and at the keeper worker's log.`
      return { outcome: 'refused', code: 'CheckFailed', message }
    }
  }

  async function judge(sync: CheckReplaySubject): Promise<ReplayVerdict> {
    const { incremental: _ofThePage, ...subject } = sync
    const check = toCheck(sync)
    const checked = await check(subject)
    for (const name of checked.searchAttributes) registered.add(name)
    if (checked.outcome === 'refused') {
      const { code, message } = checked
      const { checkpoint, ...afresh } = subject
      const helps = checkpoint !== undefined && (await check(afresh)).outcome === 'accepted'
      return { outcome: helps ? 'restart' : 'refused', code, message }
    }
    try {
      const ends = 'sink' in sync.to ? [sync.from] : [sync.from, sync.to]
      const waits = { taskQueue: keeperTaskQueue, maxWait: USABLE_WITHIN }
      const [lease] = await Promise.all(ends.map((end) => leaseOf(end.connection, waits)))
      const isAsked = firstPage === true || sync.checkpoint?.cursor !== undefined
      if (lease === undefined || !isAsked) return { outcome: 'ready' }
      return await probe(sync, lease)
    } catch (error) {
      const code = failureCode(error)
      if (code === undefined || !(error instanceof ApplicationFailure)) throw error
      const { message } = error
      return code === 'ConnectionNotUsable'
        ? { outcome: 'ready', note: `it parks until the connection is usable: ${message}` }
        : { outcome: 'refused', code, message }
    }
  }

  async function probe(sync: CheckReplaySubject, lease: Lease): Promise<ReplayVerdict> {
    const { checkpoint = { counters: { pages: 0, read: 0, written: 0 } } } = sync
    const from = incrementalSource(sync.from, sync.incremental, checkpoint.since)
    const probed = await toProbe(sync)({ from, lease, checkpoint }).catch(
      (error: unknown): ProbePageResult => {
        if (!(error instanceof ActivityFailure && error.cause instanceof TimeoutFailure))
          throw error
        return { outcome: 'unknown', why: `${from.connection} did not answer in time` }
      },
    )
    switch (probed.outcome) {
      case 'readable':
        return { outcome: 'ready', warnings: probed.warnings }
      case 'unknown':
        return { outcome: 'ready', note: `its place was not tried: ${probed.why}` }
      case 'dead':
        return { ...probed, outcome: 'restart' }
      case 'refused':
        return { ...probed, outcome: 'refused' }
    }
  }
}

followDeployments(checkReplayFlow)
