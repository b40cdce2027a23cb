/**
 * Names, messages and addresses of others, made harmless where they are shown. What is stored and what
 * goes to programs stays as it was.
 */

import { utf8Length } from './outside-values.js'

/** Control characters (C0, DEL, C1), and what ends a line. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu
/** Direction marks, zero-width and other invisible characters: text that hides, or that reads otherwise than it is. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu
const LONE_SURROGATE = /\p{Cs}/gu
/** More marks than any script puts on one letter would be drawn over the lines above. */
const MANY_MARKS = /(\p{M}{4})\p{M}+/gu
const MAX_SHOWN = 4000

/**
 * Text for a terminal or a page: one line, without what moves a cursor, changes the direction or can't
 * be seen, at most `max` characters long.
 */
export function toPlain(text: string, max = MAX_SHOWN): string {
  // The cut comes first too: a text of megabytes is not worth reading whole.
  const line = text
    .slice(0, max * 4)
    .replace(BREAKS, ' ')
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(INVISIBLE, '')
    .replace(MANY_MARKS, '$1')
  const points = Array.from(line)
  return points.length <= max && text.length <= max * 4
    ? line
    : `${points.slice(0, max - 1).join('')}…`
}

/** Whatever an invisible or controlling character can be besides what JSON itself escapes. */
const ESCAPED_IN_JSON = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/**
 * JSON for a terminal: the same value when it is read, with what {@link toPlain} takes out as `\uXXXX`.
 * @param indent blanks a level; default: one line
 */
export function toPlainJson(value: unknown, indent?: number): string {
  // Between tokens JSON.stringify puts line breaks and blanks at most, so that whatever is found stands inside a text.
  return JSON.stringify(value, undefined, indent)
    .split('\n')
    .map((line) =>
      line.replace(ESCAPED_IN_JSON, (found) => found.split('').map(escapeUnit).join('')),
    )
    .join('\n')
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** ASCII punctuation that Markdown may read, beside what stands in every sentence. */
const PUNCTUATION = /[\\`*_{}[\]()<>#+.!|~&@=$^]|(?<![A-Za-z0-9])-|-(?![A-Za-z0-9])/g

/**
 * Text for Markdown, as Temporal's Web UI shows it: {@link toPlain}, and nothing in it becomes a link, an
 * image, a heading, a table, code or HTML. Addresses lose their form (`https:// example`), since some
 * readers make links of what was escaped.
 */
export function toMarkdown(text: string, max = MAX_SHOWN): string {
  return toPlain(text, max)
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/\/\/(?=\S)/g, '// ')
    .replace(/(www)(?=\.)/gi, '$1 ')
    .replace(/@/g, ' @')
    .replace(PUNCTUATION, '\\$&')
}

/**
 * An id or a command for Markdown, as code: what is copied from there is what it is, but for backticks and
 * what can't be seen.
 */
export function toCode(text: string, max = MAX_SHOWN): string {
  return `\`${toPlain(text, max).replaceAll('`', "'").trim() || '-'}\``
}

/** The server refuses summaries of more than 400 bytes; their quotes and metadata count. */
const SUMMARY_BYTES = 350

/** {@link toMarkdown} for the summary of a timer or an activity. */
export function toSummary(text: string): string {
  let max = SUMMARY_BYTES
  let summary = toMarkdown(text, max)
  while (utf8Length(summary) > SUMMARY_BYTES) {
    max = Math.floor(max * 0.8)
    summary = toMarkdown(text, max)
  }
  return summary
}
