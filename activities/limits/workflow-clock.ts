const SAMPLES = 20
/** Before the first answer has told. */
const UNSURE_MS = 100

interface Sample {
  /** How much this worker's clock is ahead, at least and at most. */
  readonly leastMs: number
  readonly mostMs: number
}

/** What a worker knows about the clock of a limit workflow, by the times of its questions and answers. */
export class WorkflowClock {
  readonly #samples: Sample[] = []

  /** From the truth to what {@link learn} gives: no slot is used before its time, but this much after it. */
  get unsureMs(): number {
    if (this.#samples.length === 0) return UNSURE_MS
    const least = Math.max(...this.#samples.map(({ leastMs }) => leastMs))
    return Math.max(0, this.#mostMs - least)
  }

  /** @returns what to add to a time of the workflow: never too little */
  learn(atMs: number, askedAtMs: number, answeredAtMs: number): number {
    this.#samples.push({ leastMs: askedAtMs - atMs, mostMs: answeredAtMs - atMs })
    if (this.#samples.length > SAMPLES) this.#samples.shift()
    return this.#mostMs
  }

  get #mostMs(): number {
    return Math.min(...this.#samples.map(({ mostMs }) => mostMs))
  }
}
