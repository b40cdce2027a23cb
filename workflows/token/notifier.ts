import type { TokenState } from './token-state.js'
import type { TokenWorld } from './token-world.js'

/** Sends changes to the notices workflow. Nothing waits for that: what is under way at the end of a run is sent again by the next run. */
export class Notifier {
  readonly #state: TokenState
  readonly #world: TokenWorld
  readonly #wake: () => void
  #isHanding = false

  constructor(state: TokenState, world: TokenWorld, wake: () => void) {
    this.#state = state
    this.#world = world
    this.#wake = wake
  }

  /** Whether something is being handed on. */
  get isHanding(): boolean {
    return this.#isHanding
  }

  tell(): void {
    const { connection, outbox } = this.#state
    outbox.note(this.#world.now())
    const { changes } = outbox
    if (this.#isHanding || changes.length === 0) return
    this.#isHanding = true
    const handed = new Set(changes.map(({ id }) => id))
    // Tried until it works; what can never work is forgotten.
    void this.#world.activities.quick['tokenkeeper.notify']({ connection, changes })
      .catch(() => undefined)
      .then(() => {
        this.#isHanding = false
        outbox.forget(handed)
        this.#wake()
      })
  }
}
