import { Alarm } from './alarm.js'
import type { PendingCommands } from './await-rotation.js'
import { toCarried } from './carried.js'
import { deliverReplies } from './deliver-replies.js'
import type { Due } from './due-work.js'
import { StatusBoard } from './publish-status.js'
import { fullRelease } from './release-pace.js'
import { StoryLog } from './story-log.js'
import { registerHandlers } from './token-handlers.js'
import type { TokenSnapshot } from './token-snapshot.js'
import { TokenState } from './token-state.js'
import { carryOut } from './token-work.js'
import type { TokenWorld } from './token-world.js'

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

export interface TokenRunStart {
  readonly snapshot: TokenSnapshot
  /** Whether a run before has carried it over. */
  readonly isCarried: boolean
  readonly signalsPerRun: number
  readonly carriedRunId: string | undefined
}

/** A run that is full waits so long for updates that are under way; then they are answered as they stand. */
const UPDATES_MAY_TAKE_MS = 20_000

/** One run of a token workflow: takes messages, works, answers, and ends by continuing as new. */
export async function runTokenLoop(
  { snapshot, isCarried, signalsPerRun: limit, carriedRunId }: TokenRunStart,
  world: TokenWorld,
): Promise<never> {
  // A new worker, and so a new definition or new search attributes, may have taken over.
  snapshot.describeNeeded = true
  snapshot.line ??= world.run.firstExecutionRunId()
  snapshot.release ??= fullRelease(world.now())
  const state = new TokenState(snapshot)
  const commands: PendingCommands = { signals: 0, ends: new Map(), leaving: false, world }
  const loop = { woken: false, working: false }
  const wake = (): void => {
    loop.woken = true
  }
  const knownRunId: { current: string | undefined } = { current: undefined }
  const storyLog = new StoryLog(isCarried ? snapshot.story : [], world.display)
  const isFull = (): boolean => commands.signals >= limit || world.run.isFull()
  const mayLeave = (): boolean => !loop.working && world.messages.areAnswered()

  return await world.uncancelled(live, () => {
    state.refuseCancellation(world.now())
    wake()
  })

  async function live(): Promise<never> {
    registerHandlers(state, commands, wake)
    const alarm = new Alarm(world, wake)
    const board = new StatusBoard(world.display)
    let fullSinceMs: number | undefined
    for (;;) {
      const full = isFull()
      // Who is beyond the budget is told so before the run ends: the next one would not know of them.
      if (full && mayLeave() && (world.run.isOverfull() || state.fitsBudget())) return await leave()
      const nowMs = alarm.nowMs()
      if (full) fullSinceMs ??= nowMs
      const leavesAtMs = fullSinceMs === undefined ? undefined : fullSinceMs + UPDATES_MAY_TAKE_MS
      commands.leaving = leavesAtMs !== undefined && nowMs >= leavesAtMs
      const due = state.due(nowMs)
      const replies = state.takeReplies(nowMs)
      if (!full || (!commands.leaving && !world.messages.areAnswered())) start(due)
      board.publish(snapshot, state.status(world.now()))
      storyLog.tell(snapshot)
      if (replies.length > 0) {
        state.forget(await deliverReplies(replies, world))
        continue
      }
      if (full && mayLeave()) return await leave()
      const leaves = commands.leaving ? undefined : leavesAtMs
      if (leaves !== undefined && (loop.working || due.atMs === undefined || leaves < due.atMs))
        alarm.set(leaves, nowMs, `continue ${snapshot.connection} in a new run`)
      else if (!loop.working) alarm.set(due.atMs, nowMs, due.summary)
      await world.until(() => loop.woken || (isFull() && mayLeave()))
      loop.woken = false
    }
  }

  function start(due: Due): void {
    if (loop.working || due.now === undefined) return
    loop.working = true
    void carryOut(due.now, {
      world,
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
    return await world.run.continueAsNew({
      connection: snapshot.connection,
      signalsPerRun: limit,
      snapshot: toCarried(snapshot, world.now()),
      ...(runId === undefined ? {} : { carriedRunId: runId }),
    })
  }
}
