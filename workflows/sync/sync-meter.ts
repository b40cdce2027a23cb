import type { SyncCheckpoint } from '../../src/contract/sync.js'

interface Mark {
  readonly atMs: number
  readonly read: number
}

export interface Throughput {
  readonly recordsPerSecond?: number | undefined
  readonly secondsLeft?: number | undefined
}

/** So many marks back: with one a minute, the rate is that of the last minutes. */
const MAX_MARKS = 6

/** How fast a sync moves, by what it had read at some moments. */
export class SyncMeter {
  #marks: readonly Mark[] = []

  /** Notes how far it has come. */
  note({ counters }: SyncCheckpoint, atMs: number): void {
    this.#marks = [...this.#marks, { atMs, read: counters.read }].slice(-MAX_MARKS)
  }

  /** It stood still until now: that time does not count. */
  restart(checkpoint: SyncCheckpoint, atMs: number): void {
    this.#marks = []
    this.note(checkpoint, atMs)
  }

  throughput({ counters, total }: SyncCheckpoint): Throughput {
    const [first] = this.#marks
    const last = this.#marks.at(-1)
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return {}
    return throughputOf(
      counters.read,
      total,
      (last.read - first.read) / ((last.atMs - first.atMs) / 1000),
    )
  }
}

/** The time left is only known where the source says how many records there are in all. */
function throughputOf(read: number, total: number | undefined, perSecond: number): Throughput {
  const recordsPerSecond = Math.round(perSecond * 10) / 10
  if (total === undefined || perSecond <= 0) return { recordsPerSecond }
  return { recordsPerSecond, secondsLeft: Math.ceil(Math.max(0, total - read) / perSecond) }
}
