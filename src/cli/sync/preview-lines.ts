import type { PreviewedWrite, SyncPreview } from '../../contract/sync-preview.js'
import { counted, type View } from '../frame/output.js'
import type { Line } from '../terminal/styled-line.js'
import { wrapTo } from '../terminal/text-width.js'

/** What a sync would write, for people. Nothing was written. */
export function previewLines(
  preview: SyncPreview,
  { view, stops }: { readonly view: View; readonly stops: boolean },
): readonly Line[] {
  const { pages, read, ready, total, hasMore, writes, writesInAll, bad, since, watermark } = preview
  const ofAll = total === undefined ? '' : ` of ${total}`
  const lines: Line[] = [
    [{ text: 'Nothing was written.', style: 'strong' }],
    `${hasMore ? 'first' : 'all'} ${counted(pages, 'page')}: read ${read}${ofAll}, ${ready} would be written in ${counted(writesInAll, 'write')}`,
  ]
  if (since !== undefined) lines.push(`begins with the watermark ${since}`)
  if (watermark !== undefined) lines.push(`watermark after these pages: ${watermark}`)
  for (const warning of preview.warnings) lines.push(...wrapTo(`warning: ${warning}`, view.columns))
  for (const { id, reason } of bad)
    lines.push(...wrapTo(`can't go through: ${id}: ${reason}`, view.columns))
  if (stops)
    lines.push([
      {
        text: 'The sync would stop there; --on-bad-record set-aside leaves them out.',
        style: 'bad',
      },
    ])
  for (const [at, write] of writes.entries()) lines.push(...writeLines(write, at, view))
  const left = writesInAll - writes.length
  if (left > 0) lines.push([{ text: `… and ${counted(left, 'more write')}`, style: 'dim' }])
  return lines
}

const INDENT = '  '

function writeLines(write: PreviewedWrite, at: number, view: View): readonly Line[] {
  const { records, request, sink, body, isCut, note } = write
  const to =
    request === undefined ? `the function ${sink ?? ''}` : `${request.method} ${request.url}`
  const indented = (text: string): readonly string[] =>
    wrapTo(text, view.columns - INDENT.length).map((part) => INDENT + part)
  const lines: Line[] = [
    '',
    [{ text: `write ${at + 1}: `, style: 'strong' }, `${to} (${counted(records, 'record')})`],
  ]
  for (const [name, value] of Object.entries(request?.headers ?? {}))
    lines.push(...indented(`${name}: ${value}`))
  if (body !== undefined) for (const line of bodyLines(body)) lines.push(INDENT + line)
  if (isCut === true) lines.push([{ text: `${INDENT}… the body goes on`, style: 'dim' }])
  if (note !== undefined) lines.push(...indented(note))
  return lines
}

const OPENS = '{['
const CLOSES = '}]'

/**
 * JSON as a person reads it, also where it was cut. Only blanks are added: read and written again, a number of
 * many digits would be another one.
 */
export function bodyLines(body: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  let depth = 0
  const breakLine = (): void => {
    if (line.trim() !== '') lines.push(line)
    line = INDENT.repeat(depth)
  }
  for (const [token] of body.matchAll(/"(?:[^"\\]|\\.)*"?|[^"]/gs)) {
    if (CLOSES.includes(token)) {
      depth = Math.max(0, depth - 1)
      breakLine()
    }
    line += token === ':' ? ': ' : token
    if (OPENS.includes(token)) depth += 1
    if (OPENS.includes(token) || token === ',') breakLine()
  }
  breakLine()
  return lines
}
