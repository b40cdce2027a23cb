import { createFailure } from '../../contract/failure.js'

/** A control character of ASCII: line breaks are among them. */
export const CONTROL_CHARACTER = /[\x00-\x1f\x7f]/

/** Whether a text can be the value of a header: no CR, LF, NUL or other control character, latin-1 only. */
export function isHeaderValue(text: string): boolean {
  // To look for what may not be there takes half of the time: headers are looked at with each request.
  return !/[^\t\x20-\x7e\x80-\xff]/.test(text)
}

/**
 * Lets a header value through, or refuses it without repeating it (undici's own message would).
 * @throws ApplicationFailure `InvalidInput`
 */
export function checkHeaderValue(name: string, value: string): string {
  if (isHeaderValue(value)) return value
  throw createFailure(
    'InvalidInput',
    `The value for the header ${name} holds a line break, a control character or one outside latin-1: give a clean one.`,
  )
}
