import { isChanged } from './exact-number.js'

/** A number in a text. */
export interface NumberIn {
  readonly from: number
  readonly text: string
}

/** Many digits or an exponent where a number may stand, or in a string that looks like it. */
const UNUSUAL = /(?:^|[\s:,[])(-?\d(?:[\d.]{15}|[\d.]{0,14}[eE][+-]?\d)[\d.eE+-]*)/g

/**
 * The numbers of a text that JavaScript would change, in order.
 * @param json is known to be JSON
 */
export function changedNumbers(json: string): readonly NumberIn[] {
  const changed: NumberIn[] = []
  const isOutside = stringSkipper(json)
  for (const { 1: text = '', index, 0: found } of json.matchAll(UNUSUAL)) {
    const from = index + found.length - text.length
    if (isChanged(text) && isOutside(from)) changed.push({ from, text })
  }
  return changed
}

/**
 * Says of offsets, in ascending order, whether they are outside of strings. Without a regular expression,
 * which would overflow the stack on long strings; each character is looked at once.
 */
function stringSkipper(json: string): (offset: number) => boolean {
  let open = json.indexOf('"')
  let end = -1
  return (offset) => {
    while (open >= 0 && open < offset) {
      end = closingQuote(json, open)
      open = json.indexOf('"', end + 1)
    }
    return offset > end
  }
}

function closingQuote(json: string, open: number): number {
  let end = json.indexOf('"', open + 1)
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1)
  return end
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0
  while (json[at - 1 - backslashes] === '\\') backslashes += 1
  return backslashes % 2 === 1
}
