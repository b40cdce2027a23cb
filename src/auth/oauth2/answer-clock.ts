import { firstHeader } from '../../wire/header-lines.js'
import type { Exchange } from '../exchange.js'

/** RFC 9110 section 5.6.7: the one form that senders may generate. */
const DATE_HEADER_FORM = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
/** A clock that is farther off is no clock. */
const MOST_OFFSET_MS = 12 * 3_600_000
/** `Date` has whole seconds, and the answer took its time. */
const LEAST_OFFSET_MS = 3000

/** The provider's clock minus ours, by the `Date` of an answer that no cache has kept; 0 where they agree or nothing is told. */
export function clockOffsetMs({ headers, sentAtMs, answeredAtMs }: Exchange): number {
  const date = firstHeader(headers, 'date') ?? ''
  if (firstHeader(headers, 'age') !== undefined || !DATE_HEADER_FORM.test(date)) return 0
  const offMs = Math.round(Date.parse(date) + 500 - (sentAtMs + answeredAtMs) / 2)
  const uncertainMs = LEAST_OFFSET_MS + (answeredAtMs - sentAtMs) / 2
  return Math.abs(offMs) > uncertainMs && Math.abs(offMs) <= MOST_OFFSET_MS ? offMs : 0
}
