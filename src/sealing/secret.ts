const SHOWN_INSTEAD = '[secret]'
/**
 * The name of the method that Node prints a value by: `inspect.custom` of `node:util`, by its public name,
 * for connector types must be free of Node's.
 */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom')

/**
 * Holds a secret text so that it can't be printed by accident: `inspect`, `toString`, `toJSON` and
 * template strings give a placeholder. `reveal` is the only way out; search for it to see every use.
 */
export class Secret {
  readonly #text: string
  /** What was made of it, by the function that made it. */
  #derived: Map<unknown, unknown> | undefined

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself. Call it in the expression that needs it and keep no copy. */
  reveal(): string {
    return this.#text
  }

  /**
   * What a function makes of the secret: made once, and forgotten with the secret.
   * @param make always the same function for the same thing; where it throws, nothing is kept
   */
  derive<T>(make: (secret: Secret) => T): T {
    this.#derived ??= new Map()
    const known = this.#derived.get(make)
    if (known !== undefined) return known as T
    const made = make(this)
    this.#derived.set(make, made)
    return made
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
