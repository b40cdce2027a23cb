const SHOWN_INSTEAD = '[secret]'
/** `inspect.custom` of `node:util`, by its public name: connector types must be free of Node's. */
/** The name of the method that Node prints a value by. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom')

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
    return SHOWN_INSTEAD
  }

  toJSON(): string {
    return SHOWN_INSTEAD
  }

  [Symbol.toPrimitive](): string {
    return SHOWN_INSTEAD
  }

  [INSPECT](): string {
    return SHOWN_INSTEAD
  }
}
