import { styleText } from 'node:util'
import { toPlain } from '../../contract/foreign-text.js'

/** What a text means; the terminal's own colours show it. */
export type Style = 'good' | 'warning' | 'bad' | 'dim' | 'strong'

export interface StyledText {
  readonly text: string
  readonly style?: Style | undefined
}

export type LinePart = string | StyledText

/** One line for people: a text, or texts side by side. */
export type Line = string | readonly LinePart[]

const FORMATS = {
  good: 'green',
  warning: 'yellow',
  bad: 'red',
  dim: 'dim',
  strong: 'bold',
} as const

export function textOfPart(part: LinePart): string {
  return typeof part === 'string' ? part : part.text
}

/** The line as it is written: what stands in a text can't move a cursor or change a colour, only a style can. */
export function renderLine(line: Line, colour: boolean): string {
  const parts = typeof line === 'string' ? [line] : line
  return parts.map((part) => renderPart(part, colour)).join('')
}

function renderPart(part: LinePart, colour: boolean): string {
  const text = toPlain(textOfPart(part))
  if (typeof part === 'string' || part.style === undefined || !colour || text.trim() === '')
    return text
  // Whether the stream takes colours is known already.
  return styleText(FORMATS[part.style], text, { validateStream: false })
}
