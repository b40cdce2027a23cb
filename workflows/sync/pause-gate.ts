import {
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  setHandler,
  sleep,
} from '@temporalio/workflow'
import { isFunctionSink, SYNC_SIGNALS } from '../../src/contract/sync.js'
import { createFailure } from '../../src/contract/failure.js'
import type { SyncSliceInput, SyncSliceResult } from '../../src/contract/sync-slice.js'
import type { LeaseSource } from '../flow/lease-source.js'
import { readTimeout, type TimedOutSlice, toSyncFailure } from './sync-failure.js'

/** Is called at each change. A gate that is closed from the beginning calls nobody. */
interface PauseListener {
  readonly onPause: () => void
  readonly onResume: () => void
}

/** Lets an operator hold a flow by signal, whatever it does, and let it go on. */
export class PauseGate {
  readonly #underWay = new Set<CancellationScope>()
  #pauses = 0
  #isHeld: boolean

  constructor(isHeld: boolean, { onPause, onResume }: PauseListener) {
    this.#isHeld = isHeld
    setHandler(
      defineSignal(SYNC_SIGNALS.pause),
      () => {
        if (this.#isHeld) return
        this.#isHeld = true
        this.#pauses += 1
        onPause()
        for (const scope of this.#underWay) scope.cancel()
      },
      { description: 'Holds this sync where it is until tokenkeeper.resume. No argument.' },
    )
    setHandler(
      defineSignal(SYNC_SIGNALS.resume),
      () => {
        if (!this.#isHeld) return
        this.#isHeld = false
        onResume()
      },
      { description: 'Lets a held sync go on where it is. No argument.' },
    )
  }

  /** How often it was closed. Two equal counts show that it stayed open in between. */
  pauses(): number {
    return this.#pauses
  }

  async whileOpen(): Promise<void> {
    if (this.#isHeld) await condition(() => !this.#isHeld)
  }

  /** Undefined where a pause ended the work: it is cancelled then, as by a cancellation of the flow. */
  async interruptible<T>(work: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
    const scope = new CancellationScope()
    this.#underWay.add(scope)
    try {
      return { value: await scope.run(work) }
    } catch (error) {
      const isPause = scope.consideredCancelled && isCancellation(error)
      // A cancellation of the flow itself reaches this scope too, and is no pause.
      if (isPause && !CancellationScope.current().consideredCancelled) return undefined
      throw error
    } finally {
      this.#underWay.delete(scope)
    }
  }
}

/** A lease source that asks for nothing while the gate is closed, and asks anew when it opens. */
export function pausableLeases(source: LeaseSource, gate: PauseGate): LeaseSource {
  const whenOpen = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (;;) {
      await gate.whileOpen()
      const got = await gate.interruptible(ask)
      if (got !== undefined) return got.value
    }
  }
  return {
    connection: source.connection,
    lease: (options) => whenOpen(() => source.lease(options)),
    replace: (rejected, options) => whenOpen(() => source.replace(rejected, options)),
    held: () => source.held(),
    saw: (seen) => source.saw(seen),
    drop: (lease) => source.drop(lease),
  }
}

/** Runs slices that end when the gate closes, with the checkpoint that they have reached. */
export function pausableSlice(
  run: (input: SyncSliceInput) => Promise<SyncSliceResult>,
  gate: PauseGate,
): (input: SyncSliceInput) => Promise<SyncSliceResult> {
  return async (input) => {
    // An activity that is cancelled before it has begun, or between two attempts, returns nothing: only the given one is known.
    const interrupted = { outcome: 'interrupted', checkpoint: input.checkpoint } as const
    await gate.whileOpen()
    const before = gate.pauses()
    try {
      return (await gate.interruptible(() => run(input)))?.value ?? interrupted
    } catch (error) {
      // Its worker died while it was being cancelled: Temporal does not try that again.
      const timedOut = readTimeout(error)
      // It may be open again by now.
      const isPause = gate.pauses() > before && !CancellationScope.current().consideredCancelled
      if (timedOut === undefined || !isPause) throw error
      return afterTimeout(timedOut, input)
    }
  }
}

/**
 * Sleeps until `ms` from now. A pause does not move that moment: where the gate opens after it, nothing is
 * slept any more.
 */
export async function pausableSleep(ms: number, summary: string, gate: PauseGate): Promise<void> {
  const untilMs = Date.now() + ms
  for (let leftMs = ms; leftMs > 0; leftMs = untilMs - Date.now()) {
    const slept = await gate.interruptible(() => sleep(leftMs, { summary }))
    if (slept !== undefined) return
    await gate.whileOpen()
  }
}

/**
 * What a slice would have handed back whose worker died while it was being cancelled.
 * @throws ApplicationFailure `AmbiguousWrite`
 */
export function afterTimeout(
  timedOut: TimedOutSlice,
  { to, checkpoint }: Pick<SyncSliceInput, 'to' | 'checkpoint'>,
): SyncSliceResult {
  const { isDone, isWriteUnknown } = timedOut
  const newest = timedOut.checkpoint ?? checkpoint
  if (!isWriteUnknown) return { outcome: isDone ? 'done' : 'interrupted', checkpoint: newest }
  const who = isFunctionSink(to) ? `the sink '${to.sink}'` : `${to.connection} ${to.endpoint}`
  const failure = createFailure(
    'AmbiguousWrite',
    `${who}: the outcome of a write is unknown (its worker went down while the sync was being stopped) and a repeat may do harm, so it is not repeated. Look whether it was applied, then replay.`,
    isFunctionSink(to) ? {} : { connection: to.connection, endpoint: to.endpoint },
  )
  throw toSyncFailure(failure, newest)
}
