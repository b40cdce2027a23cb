import { inspect } from 'node:util'

const PLACEHOLDER = '[secret]'

/**
 * Holds a secret text so that it can't be printed by accident: `inspect`, `toString`, `toJSON` and
 * template strings give a placeholder. `reveal` is the only way out; search for it to see every use.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself. Call it in the expression that needs it and keep no copy. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return PLACEHOLDER
  }

  toJSON(): string {
    return PLACEHOLDER
  }

  [Symbol.toPrimitive](): string {
    return PLACEHOLDER
  }

  [inspect.custom](): string {
    return PLACEHOLDER
  }
}
