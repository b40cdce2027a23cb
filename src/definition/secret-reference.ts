import type { SecretReference } from '../contract/credential.js'

const REFERENCE = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\/[^/\p{Cc}][^\p{Cc}]*)$/u

/** Its private member distinguishes what `secret()` made from another object of the same shape. */
class MadeReference {
  readonly #made = true
  readonly secret: string

  constructor(reference: string) {
    this.secret = reference
    Object.freeze(this)
  }

  static is(value: object): value is MadeReference {
    return #made in value && value.#made
  }
}

/**
 * Names a secret in a definition: `secret('env:SHOPIFY_SECRET')` or `secret('file:/run/secrets/erp')`.
 * It is resolved in activities only, at each use.
 * @throws TypeError for anything else; the text is not repeated, it may be the secret itself
 */
export function secret(reference: string): SecretReference {
  if (typeof reference !== 'string' || !REFERENCE.test(reference))
    throw new TypeError(
      `secret() takes the name of a secret, never the secret: secret('env:NAME') or secret('file:/absolute/path')`,
    )
  return new MadeReference(reference)
}

/** Whether a value was made by {@link secret}; a look-alike object or a plain text was not. */
export function isSecretReference(value: unknown): value is SecretReference {
  return typeof value === 'object' && value !== null && MadeReference.is(value)
}
