/**
 * Whether every number of a JSON text is the same after JavaScript has read and written it.
 * @param json is known to be JSON
 */
export function keepsNumbers(json: string): boolean {
  return outsideStrings(json)
    .flatMap((part) => part.match(/-?\d[\d.eE+-]*/g) ?? [])
    .every((number) => {
      const digits = number
        .replace(/[eE].*$/, '')
        .replace(/\D/g, '')
        .replace(/^0+/, '')
      const value = Number(number)
      return Number.isFinite(value) && (digits.length <= 15 || String(value) === number)
    })
}

/** Without a regular expression for strings: those overflow the stack on long ones. */
function outsideStrings(json: string): readonly string[] {
  const parts: string[] = []
  let from = 0
  for (;;) {
    const open = json.indexOf('"', from)
    if (open < 0) return [...parts, json.slice(from)]
    parts.push(json.slice(from, open))
    from = closingQuote(json, open) + 1
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
