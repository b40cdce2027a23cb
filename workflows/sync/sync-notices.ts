import { CancellationScope, proxyActivities, uuid4, workflowInfo } from '@temporalio/workflow'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { toSummary } from '../../src/contract/foreign-text.js'
import type { NotifySyncInput } from '../../src/contract/notice-activities.js'
import { isFunctionSink, type SyncRun } from '../../src/contract/sync.js'
import type { Wait } from '../flow/waiting-display.js'
import { TOKEN_QUEUE_HEARTBEAT_TIMEOUT } from '../runtime/heartbeat-timeouts.js'
import type { SyncTask } from './run-sync.js'
import type { SyncEnding } from './sync-end.js'

/** Tells people of a sync, where a keeper worker has destinations for it. */
export class SyncNotices {
  /** As the keeper worker says. */
  isOn = false
  /** What is being told: a later change does not overtake it. */
  #last: Promise<unknown> = Promise.resolve()
  #sending: CancellationScope | undefined
  #isOver = false
  readonly #task: SyncTask
  readonly #taskQueue: string
  readonly #replayOf: SyncRun | undefined

  constructor(task: SyncTask, taskQueue: string, replayOf: SyncRun | undefined) {
    this.#task = task
    this.#taskQueue = taskQueue
    this.#replayOf = replayOf
  }

  /** It waits for a connection that is not usable. Nothing waits for the message. */
  parked({ connection, message, why }: Pick<Wait, 'connection' | 'message' | 'why'>): void {
    const [code = ''] = why.split(':')
    void this.#tell({ type: 'sync.parked', message, code }, connection)
  }

  wentOn(connection: string | undefined, waitedMs: number): void {
    const message = `It goes on after ${Math.round(waitedMs / 1000)} s, where it was.`
    void this.#tell({ type: 'sync.recovered', message }, connection)
  }

  /** A workflow that has ended sends nothing more, so the sync waits for this before it ends, but not for long. */
  async ended(ending: SyncEnding): Promise<void> {
    if (ending.outcome === 'failed') {
      const { code, message } = ending
      this.#dropEarlier()
      await this.#tell({ type: 'sync.failed', message, code })
    } else if (ending.outcome === 'done' && this.#replayOf !== undefined) {
      const { workflowId } = this.#replayOf
      const message = 'Its replay has come to its end.'
      this.#dropEarlier()
      await this.#tell({ type: 'sync.recovered', message, failedWorkflowId: workflowId })
    }
  }

  async #tell(
    about: Pick<NotifySyncInput, 'type' | 'message' | 'code' | 'failedWorkflowId'>,
    connection = this.#task.from.connection,
  ): Promise<void> {
    if (!this.isOn) return
    const { from, to } = this.#task
    const activities = proxyActivities<FlowActivities>({
      taskQueue: this.#taskQueue,
      startToCloseTimeout: '20s',
      heartbeatTimeout: TOKEN_QUEUE_HEARTBEAT_TIMEOUT,
      scheduleToCloseTimeout: about.type === 'sync.parked' ? '1 hour' : '1 minute',
      summary: toSummary(`tell of ${about.type} of ${workflowInfo().workflowId}`),
    })
    const sink = isFunctionSink(to) ? to.sink : `${to.connection} ${to.endpoint}`
    const input = { id: uuid4(), atMs: Date.now(), endpoint: from.endpoint, to: sink, ...about }
    const isEarlier = !this.#isOver
    const send = async (): Promise<void> => {
      if (isEarlier && this.#isOver) return
      const sending = new CancellationScope()
      this.#sending = sending
      await sending.run(() => activities['tokenkeeper.notify-sync']({ ...input, connection }))
    }
    const told = this.#last.then(() =>
      CancellationScope.nonCancellable(send).catch(() => undefined),
    )
    this.#last = told
    await told
  }

  /** How it ended takes the place of what is still on its way, which may be tried for an hour. */
  #dropEarlier(): void {
    this.#isOver = true
    this.#sending?.cancel()
  }
}
