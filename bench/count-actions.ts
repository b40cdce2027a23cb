import { setTimeout as sleep } from 'node:timers/promises'

/** The server publishes its counters once a second. */
const PUBLISHED_MS = 2500

/** What the Temporal server has counted as actions since it started, by their kind. */
export async function countActions(): Promise<ReadonlyMap<string, number>> {
  await sleep(PUBLISHED_MS)
  const url = `http://127.0.0.1:${process.env['BENCH_METRICS_PORT'] ?? ''}/metrics`
  const text = await (await fetch(url)).text()
  const counts = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, labels = '', value = '0'] = /^action\{(.*)\} ([\d.e+]+)$/.exec(line) ?? []
    const [, kind] = /(?:^|,)action_?(?:type)?="([^"]*)"/.exec(labels) ?? []
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + Number(value))
  }
  return counts
}

/** Counts actions of rounds of work, by the server's own counter. */
export class ActionCounter {
  readonly #kinds = new Map<string, number>()
  #counted: ReadonlyMap<string, number> | undefined

  /** How many actions some work takes, with whatever came after the work before it. */
  async during(work: () => Promise<unknown>): Promise<number> {
    const before = this.#counted ?? (await countActions())
    await work()
    const after = await countActions()
    this.#counted = after
    let sum = 0
    for (const [kind, count] of after) {
      const more = count - (before.get(kind) ?? 0)
      if (more > 0) this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + more)
      sum += more
    }
    return sum
  }

  /** All that were counted, by kind. */
  get kinds(): string {
    return [...this.#kinds].map(([kind, count]) => `${kind} ${String(count)}`).join(', ')
  }
}
