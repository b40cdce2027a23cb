import { CancellationScope, sleep } from '@temporalio/workflow'
import type { SyncSliceInput, SyncSliceResult } from '../../src/contract/sync.js'
import type { LeaseSource } from '../flow/lease-source.js'
import type { PauseGate } from './pause-gate.js'
import { placeOfTimeout } from './sync-failure.js'

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
    drop: (lease) => source.drop(lease),
    reportFresh: (rejected) => source.reportFresh(rejected),
  }
}

/** A slice that ends at its place when the gate closes. */
export function pausableSlice(
  run: (input: SyncSliceInput) => Promise<SyncSliceResult>,
  gate: PauseGate,
): (input: SyncSliceInput) => Promise<SyncSliceResult> {
  return async (input) => {
    // Cancelled before it had begun, it hands nothing back: the place is still the one it was given.
    const interrupted = { outcome: 'interrupted', checkpoint: input.checkpoint } as const
    if (gate.isClosed()) return interrupted
    try {
      return (await gate.interruptible(() => run(input)))?.value ?? interrupted
    } catch (error) {
      // Its worker died while it was being cancelled: Temporal does not try that again.
      const timedOut = placeOfTimeout(error)
      const isPause = gate.isClosed() && !CancellationScope.current().consideredCancelled
      if (timedOut === undefined || !isPause) throw error
      return { ...interrupted, checkpoint: timedOut.place ?? input.checkpoint }
    }
  }
}

/** Sleeps until a moment, which a pause does not move; shorter where the gate stays closed for longer. */
export async function pausableSleep(ms: number, summary: string, gate: PauseGate): Promise<void> {
  const untilMs = Date.now() + ms
  for (let leftMs = ms; leftMs > 0; leftMs = untilMs - Date.now()) {
    const slept = await gate.interruptible(() => sleep(leftMs, { summary }))
    if (slept !== undefined) return
    await gate.whileOpen()
  }
}
