import {
  allHandlersFinished,
  condition,
  continueAsNew,
  patched,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow'
import { isUndecodable } from '../../src/contract/undecodable.js'
import { Alarm } from './alarm.js'
import type { PendingCommands } from './await-rotation.js'
import { deliverReplies } from './deliver-replies.js'
import type { Due } from './due-work.js'
import { StatusBoard } from './publish-status.js'
import { fullRelease } from './release-pace.js'
import { registerHandlers } from './token-handlers.js'
import { createSnapshot, toCarried, type TokenSnapshot } from './token-snapshot.js'
import { TokenState } from './token-state.js'
import { carryOut } from './token-work.js'

export interface TokenWorkflowInput {
  /** `shopify/acme` */
  readonly connection: string
  /** What the run before carries over. */
  readonly snapshot?: TokenSnapshot
  /** The run that recorded the last result of the runs before. */
  readonly carriedRunId?: string
  /** Continues as new after so many signals; the server refuses more than 10,000 a run. Default 2,000. */
  readonly signalsPerRun?: number
}

const SIGNALS_PER_RUN = 2000

/**
 * The one long-running workflow of a connection: holds the sealed credential, refreshes it on a
 * timer, answers lease requests, and keeps the life story. Workflow id `token:<connector>:<account>`.
 */
export async function tokenWorkflow(input: TokenWorkflowInput): Promise<never> {
  // A plain error fails the workflow task, not the workflow: it goes on when the codec is back.
  if (isUndecodable(input)) throw new Error('the state of this workflow can not be decoded')
  const snapshot = input.snapshot ?? createSnapshot(input.connection, Date.now())
  // A new worker, and so a new definition or new search attributes, may have taken over.
  snapshot.describeNeeded = true
  snapshot.line ??= workflowInfo().firstExecutionRunId
  if (patched('tokenkeeper.paced-release')) snapshot.release ??= fullRelease(Date.now())
  else delete snapshot.release
  const state = new TokenState(snapshot)
  const commands: PendingCommands = { signals: 0, ends: new Map(), nextId: uuid4 }
  const loop = { woken: false, working: false }
  const wake = (): void => {
    loop.woken = true
  }
  registerHandlers(state, commands, wake)

  const alarm = new Alarm(wake)
  const board = new StatusBoard()
  const knownRunId: { current: string | undefined } = { current: undefined }
  const limit = input.signalsPerRun ?? SIGNALS_PER_RUN

  const start = (due: Due): void => {
    if (loop.working || due.now === undefined) return
    loop.working = true
    void carryOut(due.now, {
      snapshot,
      knownRunId,
      carriedRunId: input.carriedRunId,
      onRotationEnd: (rotation, end) => commands.ends.set(rotation.id, end),
    }).finally(() => {
      loop.working = false
      wake()
    })
  }

  for (;;) {
    const full = commands.signals >= limit || workflowInfo().continueAsNewSuggested
    if (full && !loop.working && allHandlersFinished()) {
      // Whoever still waits is carried along: the next run answers.
      const carriedRunId = knownRunId.current ?? input.carriedRunId
      return await continueAsNew<typeof tokenWorkflow>({
        ...input,
        snapshot: toCarried(snapshot),
        ...(carriedRunId === undefined ? {} : { carriedRunId }),
      })
    }
    const nowMs = alarm.nowMs()
    const due = state.due(nowMs)
    const replies = state.takeReplies(nowMs)
    if (!full || !allHandlersFinished()) start(due)
    board.publish(snapshot, state.status(Date.now()))
    if (replies.length > 0) {
      await deliverReplies(replies)
      continue
    }
    if (!loop.working) alarm.set(due.atMs, nowMs, due.summary)
    await condition(() => loop.woken || (full && !loop.working && allHandlersFinished()))
    loop.woken = false
  }
}
