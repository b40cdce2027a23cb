import type { VirtualClock } from './virtual-clock.js'

/** The life of a keeper worker: it goes down, by itself or killed, and another one comes. */
export class SimulatedWorker {
  isDraining = false
  /** How many have come: what one has in memory, the next one lacks. */
  lives = 1
  #isUp = true
  #waiting: (() => void)[] = []
  #deaths: (() => void)[] = []

  constructor(private readonly clock: VirtualClock) {}

  /** Resolves at once where one is up, else when the next one is. */
  readonly untilUp = async (): Promise<void> => {
    while (!this.#isUp)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
  }

  /** Resolves when the worker that is up now dies. */
  untilDeath(): Promise<void> {
    return new Promise((resolve) => {
      this.#deaths.push(resolve)
    })
  }

  async kill(downMs: number): Promise<void> {
    if (!this.#isUp) return
    this.#isUp = false
    this.isDraining = false
    const deaths = this.#deaths
    this.#deaths = []
    for (const die of deaths) die()
    await this.clock.sleep(downMs)
    this.lives += 1
    this.#isUp = true
    const waiting = this.#waiting
    this.#waiting = []
    for (const go of waiting) go()
  }

  /** SIGTERM: activities get some time to hand back their place, then it ends. */
  async restart(downMs: number): Promise<void> {
    if (!this.#isUp || this.isDraining) return
    this.isDraining = true
    await this.clock.sleep(GRACE_MS)
    await this.kill(downMs)
  }
}

const GRACE_MS = 2000
