import type { Secret } from '../../sealing/secret.js'

/** Printable ASCII (RFC 6749 section 3.3 and appendix A.4). */
const PRINTABLE = /^[\x20-\x7e]{1,4000}$/

/**
 * A text of an answer that is kept in the open, under its name; nothing where it holds a secret, which a
 * careless provider may repeat anywhere, or what no such text holds.
 */
export function openText<Name extends string>(
  name: Name,
  text: string | undefined,
  secrets: readonly (Secret | undefined)[],
): { readonly [Key in Name]?: string } {
  if (text === undefined || !PRINTABLE.test(text)) return {}
  const repeated = secrets.some((secret) => {
    const hidden = secret?.reveal() ?? ''
    // Very short ones, as a user's own client id, are part of any text.
    return hidden.length >= 8 && text.includes(hidden)
  })
  return repeated ? {} : ({ [name]: text } as { readonly [Key in Name]?: string })
}
