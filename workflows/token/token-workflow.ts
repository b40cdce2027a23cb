import {
  allHandlersFinished,
  condition,
  continueAsNew,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow'
import { formatConnection, parseConnection } from '../../src/contract/connection-ref.js'
import { followDeployments, joinedDeployment, uncancelled } from '../long-lived.js'
import { invalidInput, readCarried, readInput, readPerRun } from '../read-input.js'
import { Alarm } from './alarm.js'
import type { PendingCommands } from './await-rotation.js'
import { toCarried } from './carried.js'
import { deliverReplies } from './deliver-replies.js'
import type { Due } from './due-work.js'
import { StatusBoard } from './publish-status.js'
import { fullRelease } from './release-pace.js'
import { registerHandlers } from './token-handlers.js'
import { StoryLog } from './story-log.js'
import { createSnapshot, type TokenSnapshot } from './token-snapshot.js'
import { TokenState } from './token-state.js'
import { carryOut } from './token-work.js'

export interface TokenWorkflowInput {
  /** `shopify/acme` */
  readonly connection: string
  /** What the run before carries over; nobody else gives it. */
  readonly snapshot?: TokenSnapshot
  /** The run that recorded the last result of the runs before. */
  readonly carriedRunId?: string
  /** Continues as new after so many signals; the server refuses more than 10,000 a run. Default 2,000. */
  readonly signalsPerRun?: number
}

const SIGNALS_PER_RUN = 2000
/** A run takes so many times its signals where more flows ask than can be told to ask again. */
const OVERFULL = 2
/** A run that is full waits so long for updates that are under way; then they are answered as they stand. */
const UPDATES_MAY_TAKE_MS = 20_000
const EXPECTED = `{"connection":"shopify/acme"}. TokenkeeperClient.connect, npx tokenkeeper connect and the first flow that asks start it by themselves`

/**
 * The one long-running workflow of a connection: holds the sealed credential, refreshes it on a
 * timer, answers lease requests, and keeps the life story. Workflow id `token:<connector>:<account>`.
 * It can't be cancelled. It follows deployments by itself (`AUTO_UPGRADE`).
 * @throws ApplicationFailure `InvalidInput`
 */
export async function tokenWorkflow(input: TokenWorkflowInput): Promise<never> {
  const { signalsPerRun, carriedRunId } = readInput(input, EXPECTED)
  const limit = readPerRun(signalsPerRun, SIGNALS_PER_RUN, EXPECTED)
  const ref = parseConnection(input.connection)
  if (ref === undefined) throw invalidInput('connection is missing or no name of one', EXPECTED)
  const snapshot =
    readCarried(input.snapshot, EXPECTED) ?? createSnapshot(formatConnection(ref), Date.now())
  // A new worker, and so a new definition or new search attributes, may have taken over.
  snapshot.describeNeeded = true
  snapshot.line ??= workflowInfo().firstExecutionRunId
  snapshot.release ??= fullRelease(Date.now())
  const state = new TokenState(snapshot)
  const commands: PendingCommands = { signals: 0, ends: new Map(), leaving: false, nextId: uuid4 }
  const loop = { woken: false, working: false }
  const wake = (): void => {
    loop.woken = true
  }
  const knownRunId: { current: string | undefined } = { current: undefined }
  const storyLog = new StoryLog(input.snapshot === undefined ? [] : snapshot.story)
  const joined = joinedDeployment()
  const isFull = (): boolean =>
    commands.signals >= limit || workflowInfo().continueAsNewSuggested || joined()
  const mayLeave = (): boolean => !loop.working && allHandlersFinished()

  return await uncancelled(live, () => {
    state.refuseCancellation(Date.now())
    wake()
  })

  async function live(): Promise<never> {
    registerHandlers(state, commands, wake)
    const alarm = new Alarm(wake)
    const board = new StatusBoard()
    let fullSinceMs: number | undefined
    for (;;) {
      const full = isFull()
      const isOverfull = commands.signals >= OVERFULL * limit
      // Who is beyond the budget is told so before the run ends: the next one would not know of them.
      if (full && mayLeave() && (isOverfull || state.fitsBudget())) return await leave()
      const nowMs = alarm.nowMs()
      if (full) fullSinceMs ??= nowMs
      const leavesAtMs = fullSinceMs === undefined ? undefined : fullSinceMs + UPDATES_MAY_TAKE_MS
      commands.leaving = leavesAtMs !== undefined && nowMs >= leavesAtMs
      const due = state.due(nowMs)
      const replies = state.takeReplies(nowMs)
      if (!full || (!commands.leaving && !allHandlersFinished())) start(due)
      board.publish(snapshot, state.status(Date.now()))
      storyLog.tell(snapshot)
      if (replies.length > 0) {
        state.forget(await deliverReplies(replies))
        continue
      }
      if (full && mayLeave()) return await leave()
      const leaves = commands.leaving ? undefined : leavesAtMs
      if (leaves !== undefined && (loop.working || due.atMs === undefined || leaves < due.atMs))
        alarm.set(leaves, nowMs, `continue ${snapshot.connection} in a new run`)
      else if (!loop.working) alarm.set(due.atMs, nowMs, due.summary)
      await condition(() => loop.woken || (isFull() && mayLeave()))
      loop.woken = false
    }
  }

  function start(due: Due): void {
    if (loop.working || due.now === undefined) return
    loop.working = true
    void carryOut(due.now, {
      snapshot,
      knownRunId,
      carriedRunId,
      onRotationEnd: ({ id }, end) => {
        if (commands.ends.has(id)) commands.ends.set(id, end)
      },
    }).finally(() => {
      loop.working = false
      wake()
    })
  }

  /** Whoever still waits is carried along: the next run answers. */
  async function leave(): Promise<never> {
    storyLog.tell(snapshot)
    const runId = knownRunId.current ?? carriedRunId
    return await continueAsNew<typeof tokenWorkflow>({
      connection: snapshot.connection,
      signalsPerRun: limit,
      snapshot: toCarried(snapshot, Date.now()),
      ...(runId === undefined ? {} : { carriedRunId: runId }),
    })
  }
}

followDeployments(tokenWorkflow)
