import type { TokenState } from './token-state.js'
import type { TokenWorld } from './token-world.js'

/** Hands on what people are to be told. Nothing waits for it: what is under way at the end of a run is handed on again by the next. */
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

  tell(): void {
    this.#state.noteChanges(this.#world.now())
    const changes = this.#state.changes
    if (this.#isHanding || changes.length === 0) return
    this.#isHanding = true
    const { connection } = this.#state
    const handed = new Set(changes.map(({ id }) => id))
    // Tried until it works; what can never work is forgotten.
    void this.#world.activities.quick['tokenkeeper.notify']({ connection, changes })
      .catch(() => undefined)
      .then(() => {
        this.#isHanding = false
        this.#state.forgetChanges(handed)
        this.#wake()
      })
  }
}
