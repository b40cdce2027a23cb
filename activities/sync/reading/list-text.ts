import type { Endpoint } from '../../../src/connectors/connector.js'
import { memberNames } from '../../../src/definition/at-path.js'
import { parseJson, parseWithList } from '../../../src/wire/json.js'

/** A list that is deeper in the answer would be looked for in vain. */
const DEEPEST = 2

/**
 * Reads the JSON of pages, and keeps of the last one the text of its list: a sink takes that as it came, where no
 * record is changed on the way. Whether there is one depends on the page alone, so that a page that is written again
 * is written by the same bytes: an upstream may compare them under one idempotency key.
 */
export class ListText {
  readonly #items: string | undefined
  /** Of the key that the list stands under. */
  readonly #name: string | undefined
  /** What stood behind it in the page before. */
  #behind: string | undefined
  /** A schema may change records. */
  readonly #isOff: boolean
  #last: { readonly value: unknown; readonly text: string } | undefined

  constructor({ items, response }: Pick<Endpoint, 'items' | 'response'>) {
    this.#items = items
    const names = items === undefined ? [] : memberNames(items)
    this.#name = names.length > DEEPEST ? undefined : names.at(-1)
    this.#isOff = response !== undefined
  }

  /** @throws JsonProblem */
  readonly parse = (text: string, bytes: Uint8Array | undefined): unknown => {
    this.#last = undefined
    if (this.#items === undefined && !this.#isOff) {
      const value = parseJson(text, bytes)
      const isPlain = !text.includes('\n') && !text.startsWith('\uFEFF')
      if (isPlain) this.#last = { value, text }
      return value
    }
    if (this.#isOff || this.#name === undefined) return parseJson(text, bytes)
    const sought = { name: this.#name, behind: this.#behind }
    const { value, list, behind } = parseWithList(text, sought, bytes)
    this.#last = list
    this.#behind = behind
    return value
  }

  /** The text of a list of the page that was read last; it is given once. */
  of(list: readonly unknown[]): string | undefined {
    const last = this.#last
    this.#last = undefined
    return last?.value === list ? last.text : undefined
  }
}
