import { setTimeout as timeout } from 'node:timers/promises'

/** Waits, or rejects as soon as the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await timeout(Math.max(ms, 50), undefined, { signal })
}
