import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  log,
  metricMeter,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow'
import { workQueueOf } from '../../src/contract/task-queues.js'
import { toSummary } from '../../src/contract/foreign-text.js'
import { LOG_EVENTS, logFields } from '../../src/contract/log-events.js'
import { createMeasure } from '../../src/contract/measure.js'
import type { NoticeActivities } from '../../src/contract/notice-activities.js'
import { toEventBody } from '../../src/contract/notice-events.js'
import {
  type Notice,
  NOTICE_SIGNAL,
  type NoticeBatch,
  type NoticeTarget,
  NOTICES_QUERY,
  type NoticesReport,
} from '../../src/contract/notices.js'
import { followDeployments, joinedDeployment, uncancelled } from '../runtime/long-lived.js'
import { readCarried, readPerRun } from '../runtime/read-input.js'
import { refuseStaleActivations } from '../runtime/stale-activations.js'
import { carriedQueues } from './carried-queues.js'
import { DestinationQueue, type DestinationSnapshot, NOTICE_LIFE_MS } from './destination-queue.js'
import { describeDestinations } from './describe-destinations.js'
import { readNoticeMessage } from './read-notice.js'

export interface NoticesWorkflowInput {
  /** What the run before carries over. */
  readonly snapshot?: readonly DestinationSnapshot[] | undefined
  /** Changes that no destination took, so far. */
  readonly refused?: number | undefined
  /** Continues as new after so many signals; the server refuses more than 10,000 a run. Default 1,000. */
  readonly signalsPerRun?: number | undefined
}

const NOTICES_PER_RUN = 1000
/** A keeper has 10 at most; there are more while names change. */
const MOST_QUEUES = 20
const EXPECTED = `nothing. Keeper workers start it by themselves where notices are configured`
/** With nothing to remember, it ends; the next notice starts it anew. */
const IDLE_MS = 3_600_000

/**
 * Delivers the notices of a keeper's task queue: one change a message, a digest for many, each destination in its own
 * order and at its own pace. What can't be delivered within three days is dead, and shown. Workflow id
 * `tokenkeeper-notices`, with the task queue behind it where that is not `tokenkeeper`.
 */
export async function noticesWorkflow(input: NoticesWorkflowInput = {}): Promise<void> {
  refuseStaleActivations()
  const limit = readPerRun(input.signalsPerRun, NOTICES_PER_RUN, EXPECTED)
  const snapshot = readCarried(input.snapshot, EXPECTED) ?? []
  const queues = new Map(
    snapshot.map((one) => [one.target.name, new DestinationQueue(one, Date.now())]),
  )
  const joined = joinedDeployment()
  const run = { signals: 0, woken: false, refused: input.refused ?? 0 }
  const measure = createMeasure(() => metricMeter)
  const report = (): NoticesReport => ({
    destinations: [...queues.values()].map((queue) => queue.report(Date.now())),
    refused: run.refused === 0 ? undefined : run.refused,
  })
  /** Undefined: there are too many, and each of them has something to tell. */
  const addQueue = (target: NoticeTarget): DestinationQueue | undefined => {
    const quiet = [...queues].find(([, queue]) => queue.report(Date.now()).waiting === 0)
    if (queues.size >= MOST_QUEUES && quiet === undefined) return undefined
    if (queues.size >= MOST_QUEUES && quiet !== undefined) queues.delete(quiet[0])
    const queue = DestinationQueue.empty(target, Date.now())
    queues.set(target.name, queue)
    return queue
  }
  const hear = (target: NoticeTarget, notice: Notice): void => {
    const queue = queues.get(target.name) ?? addQueue(target)
    if (queue === undefined) {
      run.refused += 1
      return
    }
    queue.target = target
    queue.add(notice, Date.now())
  }
  setHandler(
    defineSignal<[unknown]>(NOTICE_SIGNAL),
    (value) => {
      run.signals += 1
      run.woken = true
      const message = readNoticeMessage(value)
      if (message === undefined) return
      for (const target of message.targets) hear(target, message.notice)
    },
    { description: 'A keeper worker tells of a change.' },
  )
  setHandler(defineQuery<NoticesReport>(NOTICES_QUERY), report, {
    description: 'What is delivered, what waits, and what is dead.',
  })
  const isFull = (): boolean =>
    run.signals >= limit || workflowInfo().continueAsNewSuggested || joined()
  // What was under way when the run before ended is sent again, with the same id.
  for (const queue of queues.values())
    if (queue.underWay !== undefined) void deliver(queue, queue.underWay)
  await uncancelled(live)

  async function live(): Promise<void> {
    for (;;) {
      run.woken = false
      for (const queue of queues.values()) {
        const batch = queue.take(Date.now(), uuid4)
        if (batch !== undefined) void deliver(queue, batch)
      }
      setCurrentDetails(describeDestinations(report()))
      if (isFull()) return await leave()
      const moments = [...queues.values()]
        .map((queue) => queue.nextAtMs(Date.now()))
        .filter((atMs) => atMs !== undefined)
      const nowMs = Date.now()
      const next = moments.length === 0 ? nowMs + IDLE_MS : Math.min(...moments)
      const isIdle = !(await condition(
        () => run.woken || isFull(),
        Math.max(1, Math.ceil(next - nowMs)),
        { summary: moments.length === 0 ? 'end, where nothing comes' : 'deliver what waits' },
      ))
      if (isIdle && [...queues.values()].every((queue) => queue.isIdle(Date.now()))) return
    }
  }

  async function leave(): Promise<never> {
    await condition(allHandlersFinished)
    return await continueAsNew<typeof noticesWorkflow>({
      signalsPerRun: limit,
      snapshot: carriedQueues(
        [...queues.values()].map((queue) => queue.snapshot()),
        Date.now(),
      ),
      refused: run.refused,
    })
  }

  async function deliver(queue: DestinationQueue, batch: NoticeBatch): Promise<void> {
    const { target } = queue
    const leftMs = Math.min(batch.sinceMs + NOTICE_LIFE_MS - Date.now(), NOTICE_LIFE_MS)
    try {
      if (leftMs <= 0) throw new Error('not delivered within three days')
      const options = {
        startToCloseTimeout: '1m',
        scheduleToCloseTimeout: leftMs,
        retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '1h' },
        summary: toSummary(`tell ${target.name} of ${batch.notices.length} changes`),
      } as const
      if (target.kind === 'activity') {
        const { activity, taskQueue = workQueueOf(workflowInfo().taskQueue) } = target
        const theirs = proxyActivities<Record<string, (event: unknown) => Promise<unknown>>>({
          ...options,
          taskQueue,
        })
        await theirs[activity]?.(toEventBody(batch))
      } else {
        // Nobody waits for it: a heartbeat of each destination that is slow would be billed for nothing.
        const ours = proxyActivities<NoticeActivities>({ ...options, startToCloseTimeout: '30s' })
        await ours['tokenkeeper.deliver-notice']({ destination: target.name, batch })
      }
      queue.delivered(Date.now())
    } catch (error) {
      const why = lastFailureText(error)
      queue.died(why, Date.now())
      measure('tokenkeeper.notice.deliveries', 1, { destination: target.name, outcome: 'dead' })
      log[LOG_EVENTS.notice_dead.level](
        `tokenkeeper: a notice to ${target.name} is given up (${why})`,
        logFields('notice_dead', {
          destination: target.name,
          notices: batch.notices.length,
          reason: why,
        }),
      )
    }
    run.woken = true
  }
}

followDeployments(noticesWorkflow)

/** The result of the last try; it never repeats a text of the destination. */
function lastFailureText(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return (cause instanceof Error ? cause.message : 'unknown error').slice(0, 300)
}
