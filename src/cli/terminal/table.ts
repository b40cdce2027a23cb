import { toPlain } from '../../contract/foreign-text.js'
import { type Line, type LinePart, textOfPart } from './styled-line.js'
import { cutTo, padTo, widthOf, wrapTo } from './text-width.js'

/** `name`: may be cut where a terminal is too narrow. `text`: goes on in further lines; the last column only. */
export interface Column<Row> {
  readonly header: string
  readonly kind?: 'name' | 'text' | undefined
  /** Where there is no room for the column, its cells go into the text, after this word. */
  readonly spillsAs?: string | undefined
  readonly cell: (row: Row) => LinePart | undefined
}

export interface TableSpace {
  readonly columns: number
  /** Names are cut to fit. In a pipe they stay whole: somebody may read them. */
  readonly cut: boolean
}

const GAP = 2
const MIN_NAME = 8
/** A text that has less room than that stands below its row. */
const MIN_TEXT = 24
const INDENT_COLUMNS = 2

/** A header and a line for each row, in columns that fit; empty columns are left out. */
export function tableLines<Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  space: TableSpace,
): readonly Line[] {
  const columns = withRoom(
    all.filter(({ cell }) => rows.some((row) => textOfPart(toCell(cell(row))) !== '')),
    rows,
    space,
  )
  const cells = rows.map((row) => columns.map(({ cell }) => toCell(cell(row))))
  const used = columns.map((column, at) => ({ column, at }))
  const fixed = used.filter(({ column }) => column.kind !== 'text')
  const text = used.find(({ column }) => column.kind === 'text')
  const widths = fit(
    naturalWidths(
      fixed.map(({ column }) => column),
      rows,
    ),
    space,
  )
  const taken = widths.reduce((sum, width) => sum + width + GAP, 0)
  const beside = space.columns - taken >= MIN_TEXT
  const textWidth = beside ? space.columns - taken : Math.max(1, space.columns - INDENT_COLUMNS)
  const line = (row: readonly LinePart[], tail: LinePart): Line =>
    trimmed([
      ...fixed.flatMap(({ at }, index) => layOut(row[at] ?? '', widths[index] ?? 0, space)),
      tail,
    ])
  const header = columns.map((column): LinePart => ({ text: column.header, style: 'strong' }))
  const lines: Line[] = [line(header, (beside && text && header[text.at]) || '')]
  for (const row of cells) {
    const tail = text === undefined ? '' : (row[text.at] ?? '')
    const parts = textOfPart(tail) === '' ? [] : wrapTo(textOfPart(tail), textWidth)
    const styled = parts.map((part): LinePart => withText(tail, part))
    const indent = ' '.repeat(beside ? taken : INDENT_COLUMNS)
    lines.push(line(row, beside ? (styled[0] ?? '') : ''))
    for (const part of beside ? styled.slice(1) : styled) lines.push([indent, part])
  }
  return lines
}

/** The columns that there is room for, the last ones spilled into the text first. */
function withRoom<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  space: TableSpace,
): readonly Column<Row>[] {
  const fixed = columns.filter(({ kind }) => kind !== 'text')
  const spilled = fixed.findLast(({ spillsAs }) => spillsAs !== undefined)
  if (spilled === undefined || totalWidth(naturalWidths(fixed, rows)) <= space.columns)
    return columns
  const text = columns.find(({ kind }) => kind === 'text')
  const into: Column<Row> = {
    header: text?.header ?? '',
    kind: 'text',
    cell: (row) => {
      const [own, more] = [spilled.cell(row), text?.cell(row)].map((part) => textOfPart(part ?? ''))
      const parts = [own === '' ? '' : `${spilled.spillsAs ?? ''} ${own ?? ''}`, more]
      return parts.filter((part) => part !== '' && part !== undefined).join('; ')
    },
  }
  const left = columns.filter((column) => column !== spilled && column !== text)
  return withRoom([...left, into], rows, space)
}

interface Width {
  readonly kind?: 'name' | 'text' | undefined
  readonly width: number
}

function naturalWidths<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): readonly Width[] {
  return columns.map(({ header, kind, cell }) => ({
    kind,
    width: rows.reduce(
      (most, row) => Math.max(most, widthOf(textOfPart(toCell(cell(row))))),
      widthOf(header),
    ),
  }))
}

function totalWidth(widths: readonly Width[]): number {
  return widths.reduce((sum, { width }) => sum + width + GAP, -GAP)
}

function toCell(cell: LinePart | undefined): LinePart {
  return withText(cell ?? '', toPlain(textOfPart(cell ?? '')).trim())
}

function withText(part: LinePart, text: string): LinePart {
  return typeof part === 'string' ? text : { text, style: part.style }
}

/** Names give way, the longest first, until all fit. */
function fit(columns: readonly Width[], { columns: room, cut }: TableSpace): readonly number[] {
  const widths = columns.map(({ width }) => width)
  const total = (): number => widths.reduce((sum, width) => sum + width + GAP, -GAP)
  while (cut && total() > room) {
    const names = widths.flatMap((width, at) =>
      columns[at]?.kind === 'name' && width > MIN_NAME ? [{ width, at }] : [],
    )
    const [longest] = names.sort((a, b) => b.width - a.width)
    if (longest === undefined) break
    const second = names[1]?.width ?? MIN_NAME
    widths[longest.at] = Math.max(
      MIN_NAME,
      longest.width - Math.max(1, Math.min(total() - room, longest.width - second)),
    )
  }
  return widths
}

function layOut(part: LinePart, width: number, { cut }: TableSpace): readonly LinePart[] {
  const text = textOfPart(part)
  const shown = cut ? cutTo(text, width) : text
  return [withText(part, shown), padTo('', width - widthOf(shown) + GAP)]
}

/** Drops the blanks at the end of a line. */
function trimmed(parts: readonly LinePart[]): Line {
  const end = parts.findLastIndex((part) => textOfPart(part).trim() !== '')
  return parts.slice(0, end + 1)
}
