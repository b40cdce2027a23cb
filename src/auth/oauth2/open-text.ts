import type { Secret } from '../../sealing/secret.js'

/** Printable ASCII (RFC 6749 section 3.3 and appendix A.4). */
const PRINTABLE = /^[\x20-\x7e]{1,4000}$/

/**
 * A text of an answer that may be kept in the open. It gives undefined for a text that holds a secret,
 * which a careless provider may repeat anywhere, and for one that holds what no such text holds.
 */
export function openText(
  text: string | undefined,
  secrets: readonly (Secret | undefined)[],
): string | undefined {
  if (text === undefined || !PRINTABLE.test(text)) return undefined
  const repeated = secrets.some((secret) => {
    const hidden = secret?.reveal() ?? ''
    // Very short ones, as a user's own client id, are part of any text.
    return hidden.length >= 8 && text.includes(hidden)
  })
  return repeated ? undefined : text
}
