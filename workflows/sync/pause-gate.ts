import {
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  setHandler,
} from '@temporalio/workflow'
import { SYNC_SIGNALS } from '../../src/contract/sync.js'

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
