import type { PreviewedWrite, SyncPreview } from '../../contract/sync-preview.js'
import type { View } from '../output.js'
import type { Line } from '../terminal/styled-line.js'
import { wrapTo } from '../terminal/text-width.js'

/** What a sync would write, for people. Nothing was written. */
export function previewLines(
  preview: SyncPreview,
  { view, stops }: { readonly view: View; readonly stops: boolean },
): readonly Line[] {
  const { pages, read, ready, total, hasMore, writes, writesInAll, bad, since, watermark } = preview
  const counted = total === undefined ? '' : ` of ${total}`
  const left = writesInAll - writes.length
  const wrapped = (text: string, indent = ''): readonly string[] =>
    wrapTo(text, view.columns - indent.length).map((line) => indent + line)
  return [
    [{ text: 'Nothing was written.', style: 'strong' }],
    `${hasMore ? 'first' : 'all'} ${count(pages, 'page')}: read ${read}${counted}, ${ready} would be written in ${count(writesInAll, 'write')}`,
    ...(since === undefined ? [] : [`begins with the watermark ${String(since)}`]),
    ...(watermark === undefined ? [] : [`watermark after these pages: ${String(watermark)}`]),
    ...preview.warnings.flatMap((warning) => wrapped(`warning: ${warning}`)),
    ...bad.flatMap(({ id, reason }) => wrapped(`can't go through: ${id}: ${reason}`)),
    ...(stops
      ? [
          [
            {
              text: 'The sync would stop there; --on-bad-record set-aside leaves them out.',
              style: 'bad' as const,
            },
          ],
        ]
      : []),
    ...writes.flatMap((write, at) => writeLines(write, at, view)),
    ...(left > 0 ? [[{ text: `… and ${count(left, 'more write')}`, style: 'dim' as const }]] : []),
  ]
}

function writeLines(write: PreviewedWrite, at: number, view: View): readonly Line[] {
  const { records, request, sink, body, isCut, note } = write
  const to =
    request === undefined ? `the function ${sink ?? ''}` : `${request.method} ${request.url}`
  const indent = '  '
  const text = (line: string): readonly string[] =>
    wrapTo(line, view.columns - indent.length).map((part) => indent + part)
  return [
    '',
    [{ text: `write ${at + 1}: `, style: 'strong' }, `${to} (${count(records, 'record')})`],
    ...Object.entries(request?.headers ?? {}).flatMap(([name, value]) => text(`${name}: ${value}`)),
    ...(body === undefined ? [] : bodyLines(body).map((line) => indent + line)),
    ...(isCut === true ? [[{ text: `${indent}… the body goes on`, style: 'dim' as const }]] : []),
    ...(note === undefined ? [] : text(note)),
  ]
}

/** As a person reads JSON; as it is where it was cut. */
function bodyLines(body: string): readonly string[] {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2).split('\n')
  } catch {
    return body.split('\n')
  }
}

function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`
}
