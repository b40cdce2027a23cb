import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { getCurrentDetails, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'

const WAITING_FOR = defineSearchAttributeKey('TokenkeeperWaitingFor', SearchAttributeType.KEYWORD)

interface Waiting {
  readonly sinceMs: number
  message: string
}

/** Shows in the current details and a search attribute which connections this flow waits for. */
class WaitingBoard {
  readonly #waiting = new Map<string, Waiting>()
  #detailsBefore = ''
  #attributeSet = false

  /** Shows or updates what is waited for. */
  show(connection: string, message: string, searchAttributes: readonly string[]): void {
    if (this.#waiting.size === 0) this.#detailsBefore = getCurrentDetails()
    const before = this.#waiting.get(connection)
    this.#waiting.set(connection, { sinceMs: before?.sinceMs ?? Date.now(), message })
    this.#draw()
    if (!searchAttributes.includes('TokenkeeperWaitingFor')) return
    this.#attributeSet = true
    upsertSearchAttributes([{ key: WAITING_FOR, value: connection }])
  }

  /** Takes it away again, and brings back the details that the flow had. */
  clear(connection: string): void {
    if (!this.#waiting.delete(connection)) return
    this.#draw()
    if (!this.#attributeSet || this.#waiting.size > 0) return
    this.#attributeSet = false
    upsertSearchAttributes([{ key: WAITING_FOR, value: null }])
  }

  #draw(): void {
    if (this.#waiting.size === 0) {
      setCurrentDetails(this.#detailsBefore)
      return
    }
    const lines = [...this.#waiting].map(
      ([connection, { sinceMs, message }]) =>
        `- **${connection}** since ${new Date(sinceMs).toISOString()}: ${message}`,
    )
    setCurrentDetails(['### Waits for', ...lines].join('\n'))
  }
}

/** One board a workflow: module state is private to each workflow execution. */
export const waitingBoard = new WaitingBoard()
