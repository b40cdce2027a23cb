import { expect, test } from 'vitest'
import { unheardRow } from '../../../src/cli/fleet/fleet.js'
import { createProgram } from '../../../src/cli/program.js'
import { wantsJson } from '../../../src/cli/report.js'
import { bodyLines } from '../../../src/cli/sync/sync-start.js'
import { LiveRegion } from '../../../src/cli/terminal/live-region.js'
import { barLine, ProgressBar } from '../../../src/cli/terminal/progress-bar.js'
import { screenOf } from '../../../src/cli/terminal/screen.js'
import { renderLine } from '../../../src/cli/terminal/styled-line.js'
import { type Column, tableLines } from '../../../src/cli/terminal/table.js'
import { cutTo, widthOf, wrapTo } from '../../../src/cli/terminal/text-width.js'
import { isoTime, relativeTime } from '../../../src/cli/terminal/time-text.js'

const NOW = Date.parse('2026-11-30T03:12:00.123Z')

test.each([
  [0, 'now'],
  [999, 'now'],
  [5_000, 'in 5 s'],
  [90_000, 'in 90 s'],
  [41 * 60_000, 'in 41 min'],
  [119 * 60_000, 'in 119 min'],
  [3 * 3_600_000, 'in 3 h'],
  [-2 * 86_400_000, '2 days ago'],
  [-800 * 86_400_000, '2 years ago'],
])('a moment %i ms away is "%s" on a terminal', (ms, text) => {
  expect(relativeTime(NOW + ms, NOW)).toBe(text)
  expect(isoTime(NOW)).toBe('2026-11-30T03:12:00Z')
})

test.each([
  ['注文サーバーは応答しません', 10, '注文サー…'],
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['👩‍👩‍👧‍👦 family', 4, '👩‍👩‍👧‍👦…'],
  ['é́clair', 3, 'é́c…'],
])('%s fits %i columns as %s', (text, width, cut) => {
  expect(cutTo(text, width)).toBe(cut)
  expect(widthOf(cutTo(text, width))).toBeLessThanOrEqual(width)
})

test('texts break between words, and inside a word that is longer than the line', () => {
  expect(wrapTo('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrapTo('注文サーバー ok', 4)).toEqual(['注文', 'サー', 'バー', 'ok'])
  expect(wrapTo('注', 1)).toEqual(['注'])
  expect(wrapTo('', 5)).toEqual([''])
})

interface Row {
  readonly name: string
  readonly status: string
  readonly why: string
}
const COLUMNS: readonly Column<Row>[] = [
  { header: 'CONNECTION', kind: 'name', cell: ({ name }) => name },
  { header: 'STATUS', cell: ({ status }) => ({ text: status, style: 'bad' }) },
  { header: 'OWNER', cell: () => undefined },
  { header: 'WHY', kind: 'text', cell: ({ why }) => why },
]
const ROWS: readonly Row[] = [
  { name: 'shopify/acme', status: 'active', why: '' },
  {
    name: `erp/${'very-long-account-name'.repeat(8)}`,
    status: 'needs_reauth',
    why: 'revoked: プロバイダーは許可を取り消しました and the flow waits for a person → tokenkeeper connect erp/x',
  },
]

test.each([80, 40, 120])('a table fits %i columns, wide characters too', (columns) => {
  const lines = tableLines(COLUMNS, ROWS, { columns, cut: true }).map((line) =>
    renderLine(line, false),
  )
  for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(columns)
  expect(lines.join(' ').replace(/\s+/g, '')).toContain('tokenkeeperconnecterp/x')
  expect(lines.join('\n')).not.toContain('OWNER')
  expect(lines.every((line) => line === line.trimEnd())).toBe(true)
})

test('in a pipe a name stays whole', () => {
  const lines = tableLines(COLUMNS, ROWS, { columns: 80, cut: false }).map((line) =>
    renderLine(line, false),
  )
  expect(lines.join('\n')).toContain(ROWS[1]?.name)
})

test('a cell can neither move the cursor nor choose its colour', () => {
  const hostile = { name: '\u001b]0;owned\u0007a\u001b[31m', status: 'x\r\ny', why: '\u202eno' }
  const [, line = ''] = tableLines(COLUMNS, [hostile], { columns: 80, cut: true })
  const shown = renderLine(line, true)
  expect(shown.replace(/\u001b\[(?:31|39)m/g, '')).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u202e]+$/)
  expect(renderLine(line, false)).not.toContain('\u001b')
})

test.each([
  [{ isTTY: true, columns: 100, rows: 50 }, {}, { colour: true, columns: 100, rows: 50 }],
  [{ isTTY: true, columns: 100, rows: 50 }, { NO_COLOR: '1' }, { colour: false }],
  [{ isTTY: true, columns: 100, rows: 50 }, { NO_COLOR: '' }, { colour: true }],
  [{ isTTY: true, columns: 100, rows: 50 }, { TERM: 'dumb' }, { colour: false }],
  [{ isTTY: false, columns: 0, rows: 0 }, {}, { colour: false, columns: 80 }],
  [{ isTTY: false, columns: 0, rows: 0 }, { COLUMNS: '120' }, { columns: 120 }],
])('%o with %o is a screen of %o', (stream, env, screen) => {
  expect(screenOf(stream, env)).toMatchObject({ isTerminal: stream.isTTY, ...screen })
})

test('what is watched is drawn in its place, no higher than the screen', () => {
  const written: string[] = []
  const region = new LiveRegion({ write: (text: string) => written.push(text) > 0 })
  const screen = { isTerminal: true, colour: false, columns: 20, rows: 4 }
  region.draw(['a', 'b'], screen)
  region.draw(['x'.repeat(30), '2', '3', '4', '5'], screen)
  expect(written[1]).toBe(`\u001b[2A\r\u001b[J${'x'.repeat(19)}…\n2\n… 3 more lines\n`)
})

test('long work is a bar on a terminal, and a line a tenth in a pipe', () => {
  expect(barLine({ label: 'started', done: 30, total: 120 }, 4000)).toBe(
    'started [######------------------] 30/120, about 12 s left',
  )
  const written: string[] = []
  const stream = { write: (text: string) => written.push(text) > 0 } as never
  const bar = new ProgressBar(stream, screenOf({ isTTY: false, columns: 0, rows: 0 }, {}))
  for (let done = 0; done <= 100; done += 1) bar.show({ label: 'read', done, total: 100 })
  bar.show({ label: 'checked', done: 1, total: 1 })
  expect(written).toHaveLength(11)
  expect(written.at(-1)).toBe('read 100 of 100\n')
})

test('a body is laid out without a digit of it changed', () => {
  const body = '{"orders":[{"id":12345678901234567890.10,"note":"a \\"{b}\\": ,"},{}]}'
  expect(bodyLines(body).join('').replace(/\s/g, '')).toBe(body.replace(/\s/g, ''))
  expect(bodyLines(body)).toContain('      "id": 12345678901234567890.10,')
  expect(bodyLines('{"a":"cut of')).toEqual(['{', '  "a": "cut of'])
})

test.each([
  ['status -o json', true],
  ['status -ojsonl', true],
  ['status --output=json', true],
  ['status -o table', false],
  ['status json', false],
])('%s is called for JSON: %s', (line, json) => {
  expect(wantsJson(['node', 'tokenkeeper', ...line.split(' ')])).toBe(json)
})

test.each(['active', undefined] as const)(
  'of a connection that gave no answer and was %s, nothing is known',
  (status) => {
    const ref = { connection: 'shop/acme', connector: 'shop', account: 'acme' }
    const row = unheardRow({ ...ref, tags: [], status, startedAtMs: NOW })
    expect(row).toMatchObject({
      status: 'unknown',
      cause: expect.stringMatching(/gave no answer/) as string,
    })
    expect(row.level).toBeUndefined()
  },
)

test('the help of every command has an example, and fits 80 columns', () => {
  const program = createProgram()
  const all = [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]
  for (const command of all) {
    const chunks: string[] = []
    command.configureOutput({ writeOut: (text) => void chunks.push(text) })
    command.configureHelp({ ...command.configureHelp(), helpWidth: 80 }).outputHelp()
    const help = chunks.join('')
    if (command.commands.length === 0 && command.name() !== 'options')
      expect(help, command.name()).toContain('\nExamples:\n')
    for (const line of help.split('\n').filter((text) => !/^ {2}tokenkeeper /.test(text)))
      expect(widthOf(line), `${command.name()}: ${line}`).toBeLessThanOrEqual(80)
  }
})
