import type { Endpoint } from '../../../src/connectors/connector.js'
import { memberNames } from '../../../src/definition/at-path.js'
import { parseJson, parseWithList } from '../../../src/wire/json.js'

/**
 * Reads the JSON of pages, and keeps of the last one the text of its list: a sink takes that as it came, where no
 * record is changed on the way.
 */
export class ListText {
  readonly #items: string | undefined
  /** Of the key that the list stands under. */
  readonly #name: string | undefined
  #isOff: boolean
  #last: { readonly value: unknown; readonly text: string } | undefined

  constructor({ items, response }: Pick<Endpoint, 'items' | 'response'>) {
    this.#items = items
    this.#name = items === undefined ? undefined : memberNames(items).at(-1)
    // A schema may change records.
    this.#isOff = response !== undefined
  }

  /** @throws JsonProblem */
  readonly parse = (text: string, bytes: Uint8Array | undefined): unknown => {
    this.#last = undefined
    if (this.#items === undefined && !this.#isOff) {
      const value = parseJson(text, bytes)
      if (!text.includes('\n')) this.#last = { value, text }
      return value
    }
    if (this.#isOff || this.#name === undefined) return parseJson(text, bytes)
    const { value, list } = parseWithList(text, this.#name, bytes)
    this.#last = list
    // The next pages are like this one, and to look for it in vain may take as long as to read the page.
    this.#isOff = list === undefined
    return value
  }

  /** The text of a list of the page that was read last; it is given once. */
  of(list: readonly unknown[]): string | undefined {
    const last = this.#last
    this.#last = undefined
    return last?.value === list ? last.text : undefined
  }
}
