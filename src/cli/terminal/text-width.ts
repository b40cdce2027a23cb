import stringWidth from 'string-width'

/** How many columns of a terminal a text takes: wide characters take two, marks none. */
export function widthOf(text: string): number {
  return stringWidth(text)
}

/** The text with blanks behind it, up to a width in columns. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** The text as far as it fits into a width in columns; what was cut is marked by `…`. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width < 1) return ''
  return `${takeWidth(text, width - 1).trimEnd()}…`
}

/** The text in lines of a width in columns, broken between words where that is possible. */
export function wrapTo(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  const put = (word: string): void => {
    const joined = line === '' ? word : `${line} ${word}`
    if (widthOf(joined) <= width) {
      line = joined
      return
    }
    if (line !== '') lines.push(line)
    let rest = word
    while (widthOf(rest) > width) {
      const part = takeWidth(rest, width)
      // One character that is wider than the line still has to stand somewhere.
      const taken = part === '' ? firstOf(rest) : part
      lines.push(taken)
      rest = rest.slice(taken.length)
    }
    line = rest
  }
  for (const word of text.split(/\s+/).filter((part) => part !== '')) put(word)
  if (line !== '' || lines.length === 0) lines.push(line)
  return lines
}

/** As many whole characters from the beginning as fit. */
function takeWidth(text: string, width: number): string {
  let taken = ''
  let used = 0
  for (const { segment } of graphemes(text)) {
    used += widthOf(segment)
    if (used > width) break
    taken += segment
  }
  return taken
}

function firstOf(text: string): string {
  for (const { segment } of graphemes(text)) return segment
  return text
}

/** What a reader takes for one character: a letter with its marks, an emoji of several code points. */
function graphemes(text: string): Intl.Segments {
  return new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)
}
