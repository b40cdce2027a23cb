import { FLOW_REPLY_SIGNAL } from '../../src/contract/messages.js'
import type { RemovedConnection } from '../../src/contract/token-status.js'
import type { PendingCommands } from './await-rotation.js'
import { Notifier } from './notice-outbox.js'
import { StandingTimer, type TokenWorld } from './token-world.js'
import { StatusDisplay } from './status-display.js'
import { StoryLog } from './life-story.js'
import type { AddressedReply } from './waiters.js'
import { registerHandlers } from './token-handlers.js'
import type { TokenParts } from './token-parts.js'
import { TokenState } from './token-state.js'
import type { Due } from './work.js'
import { connectorOf } from '../../src/contract/connection-ref.js'

export interface TokenRunStart {
  readonly parts: TokenParts
  /** Whether a run before has carried it over. */
  readonly isCarried: boolean
  readonly signalsPerRun: number
  readonly carriedRunId: string | undefined
}

/** Whoever asks during so short a sleep is not to wait for a run that begins. */
const LONG_SLEEP_MS = 10_000

/** A run that is full waits so long for updates that are under way; then they are answered as they stand. */
const UPDATES_MAY_TAKE_MS = 20_000

/** One that was removed waits so long until people have been told: nothing of it is left after that. */
const LAST_NOTICE_MS = 60_000

/**
 * One run of a token workflow: takes messages, works, answers, and ends by continuing as new; or for ever,
 * once its connection was removed and nothing is left to be done.
 */
export async function runTokenLoop(
  { parts, isCarried, signalsPerRun: limit, carriedRunId }: TokenRunStart,
  world: TokenWorld,
): Promise<RemovedConnection> {
  const state = new TokenState(parts)
  state.beginRun(world.run.firstExecutionRunId(), world.now())
  const commands: PendingCommands = { signals: 0, ends: new Map(), leaving: false, world }
  const loop = { woken: false, working: false }
  const wake = (): void => {
    loop.woken = true
  }
  const knownRunId: { current: string | undefined } = { current: undefined }
  const storyLog = new StoryLog(isCarried ? state.story : [], world.display)
  const isFull = (): boolean => commands.signals >= limit || world.run.isFull()
  const mayLeave = (): boolean => !loop.working && world.messages.areAnswered()

  return await world.uncancelled(live, () => {
    state.refuseCancellation(world.now())
    wake()
  })

  async function live(): Promise<RemovedConnection> {
    registerHandlers(state, commands, wake)
    const timer = new StandingTimer(world, wake)
    const display = new StatusDisplay(world)
    const notifier = new Notifier(state, world, wake)
    let fullSinceMs: number | undefined
    for (;;) {
      const full = isFull()
      // Flows beyond the budget get their answer before the run ends: the next run would not know of them.
      if (full && mayLeave() && (world.run.isOverfull() || state.fitsBudget())) return await leave()
      const nowMs = timer.nowMs()
      if (full) fullSinceMs ??= nowMs
      const leavesAtMs = fullSinceMs === undefined ? undefined : fullSinceMs + UPDATES_MAY_TAKE_MS
      commands.leaving = leavesAtMs !== undefined && nowMs >= leavesAtMs
      state.spreadLate(nowMs, world.random)
      const due = state.due(nowMs)
      const replies = state.takeReplies(nowMs)
      if (!full || (!commands.leaving && !world.messages.areAnswered())) start(due)
      display.publish(state, world.now(), loop.working)
      storyLog.write(state.connection, state.story)
      notifier.tell()
      if (replies.length > 0) {
        measureReplies(state.connection, replies, world)
        state.forget(await deliverReplies(replies, world))
        continue
      }
      const isOver = (): boolean => state.operators.isRemoved && mayLeave()
      if (isOver()) {
        if (!notifier.isHanding) return state.operators.whatIsLeft
        const goesOn = (): boolean => !notifier.isHanding || !isOver()
        const summary = `end ${state.connection}, once its removal is told`
        if (!(await world.untilOrFor(goesOn, LAST_NOTICE_MS, summary)))
          return state.operators.whatIsLeft
        continue
      }
      if (full && mayLeave()) return await leave()
      const sleepsLong = due.now === undefined && (due.atMs ?? Infinity) >= nowMs + LONG_SLEEP_MS
      if (sleepsLong && world.run.isLong() && !state.isAsked && mayLeave()) return await leave()
      const leaves = commands.leaving ? undefined : leavesAtMs
      if (leaves !== undefined && (loop.working || due.atMs === undefined || leaves < due.atMs))
        timer.set(leaves, nowMs, `continue ${state.connection} in a new run`)
      else if (!loop.working) timer.set(due.atMs, nowMs, due.summary)
      await world.until(() => loop.woken || ((isFull() || state.operators.isRemoved) && mayLeave()))
      loop.woken = false
    }
  }

  function start(due: Due): void {
    if (loop.working || due.now === undefined) return
    loop.working = true
    const work = state.carryOut(due.now, {
      world,
      knownRunId,
      carriedRunId,
      onRotationEnd: ({ id }, end) => {
        if (commands.ends.has(id)) commands.ends.set(id, end)
      },
    })
    void work.finally(() => {
      loop.working = false
      wake()
    })
  }

  /** Whoever still waits is carried along: the next run answers. */
  async function leave(): Promise<never> {
    storyLog.write(state.connection, state.story)
    return await world.run.continueAsNew({
      connection: state.connection,
      signalsPerRun: limit,
      snapshot: state.carried(world.now()),
      carriedRunId: knownRunId.current ?? carriedRunId,
    })
  }
}

/**
 * Signals a batch of answers and waits until the server has them all. An asker that has ended can't
 * take its answer any more; that is no failure of the token workflow. Returns the requests of those.
 */
async function deliverReplies(
  replies: readonly AddressedReply[],
  { signal }: Pick<TokenWorld, 'signal'>,
): Promise<readonly string[]> {
  const gone: string[] = []
  await Promise.all(
    replies.map(async ({ replyTo, reply }) => {
      try {
        await signal(replyTo, FLOW_REPLY_SIGNAL, reply)
      } catch {
        gone.push(reply.requestId)
      }
    }),
  )
  return gone
}

/** Counts answers to flows, and records how long those waited that get a lease. */
function measureReplies(
  connection: string,
  replies: readonly AddressedReply[],
  { measure }: Pick<TokenWorld, 'measure'>,
): void {
  const connector = connectorOf(connection)
  const times = { granted: 0, denied: 0, parked: 0 }
  for (const { reply, waitedMs } of replies) {
    times[reply.outcome === 'waiting' ? 'parked' : reply.outcome] += 1
    if (reply.outcome === 'granted')
      measure('tokenkeeper.lease.wait.duration', waitedMs / 1000, { connector })
  }
  for (const outcome of ['granted', 'denied', 'parked'] as const)
    if (times[outcome] > 0)
      measure('tokenkeeper.lease.requests', times[outcome], { connector, outcome })
}
