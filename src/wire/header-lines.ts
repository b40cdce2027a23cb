/**
 * Headers as they came, by lower-case name. Any of them may have come more than once, and is a list
 * then: they are read by the functions of this file and in no other way.
 */
export type HeaderLines = Readonly<Record<string, string | readonly string[] | undefined>>

/** Each line of a header, trimmed, in the order in which they came; empty where there is none. */
export function headerLines(headers: HeaderLines, name: string): readonly string[] {
  const key = name.toLowerCase()
  const value = Object.hasOwn(headers, key) ? headers[key] : undefined
  if (value === undefined) return []
  return typeof value === 'string' ? [plainLine(value)] : value.map(plainLine)
}

/** A header as one text, its lines joined by a comma (RFC 9110 section 5.3); undefined where there is none. */
export function headerText(headers: HeaderLines, name: string): string | undefined {
  const lines = headerLines(headers, name)
  return lines.length === 0 ? undefined : lines.join(', ')
}

/** The first line with something in it, of a header that has one value only (`Location`, `Content-Type`, `Date`). */
export function firstHeader(headers: HeaderLines, name: string): string | undefined {
  return headerLines(headers, name).find((line) => line !== '')
}

/** The bytes of a header come as Latin-1; what is UTF-8 is read as such. */
function plainLine(value: string): string {
  const line = value.trim()

  if (!/[^\0-\x7f]/.test(line) || /[^\0-\xff]/.test(line)) return line
  try {
    return decodeURIComponent(line.replace(/[%\x80-\xff]/g, percentEncoded))
  } catch {
    return line
  }
}

function percentEncoded(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16)}`
}
