import { examine } from './doctor/examine.js'
import { EXIT } from './frame/exit-codes.js'
import { type OutputOptions, show, counted } from './frame/output.js'
import type { TemporalOptions } from './temporal/temporal-options.js'
import { temporalTarget } from './temporal/temporal-target.js'
import { withKeeper } from './temporal/with-keeper.js'
import type { Line, Style } from './terminal/styled-line.js'
import { wrapTo } from './terminal/text-width.js'
import type { Finding, Outcome } from './doctor/finding.js'

export interface DoctorOptions extends TemporalOptions, OutputOptions {
  readonly flows: readonly string[]
  readonly module?: string | undefined
}

/** `tokenkeeper doctor`: looks at everything, and says what to do. Exit code 1 where somebody is needed. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const { address } = temporalTarget(options)
  const { flows, module } = options
  const findings = await withKeeper(options, ({ client, keeper, taskQueue }) =>
    examine({ client, keeper, address, taskQueue, flows, module }),
  )
  const needsPerson = findings.some(({ outcome }) => outcome === 'problem')
  show(options, {
    value: { needsPerson, findings },
    lines: ({ columns }) => findingLines(findings, columns),
  })
  if (needsPerson) process.exitCode = EXIT.person
}

const MARKS: Readonly<Record<Outcome, readonly [mark: string, style: Style]>> = {
  ok: ['ok', 'good'],
  note: ['note', 'warning'],
  problem: ['PROBLEM', 'bad'],
  unknown: ['?', 'dim'],
}
const MARK_WIDTH = 8
const LEAST_WIDTH = 40

/** What was found, for people: what to do stands below what is wrong. */
function findingLines(findings: readonly Finding[], columns: number): readonly Line[] {
  const width = Math.max(columns - MARK_WIDTH, LEAST_WIDTH)
  const indent = ' '.repeat(MARK_WIDTH)
  const lines = findings.flatMap(({ check, outcome, message, todo }): readonly Line[] => {
    const [mark, style] = MARKS[outcome]
    const [first = '', ...rest] = wrapTo(`${check}: ${message}`, width)
    const todoLines = todo === undefined ? [] : wrapTo(`-> ${todo}`, width)
    return [
      [{ text: mark.padEnd(MARK_WIDTH), style }, first],
      ...rest.map((line) => `${indent}${line}`),
      ...todoLines.map((text): Line => [indent, { text, style: 'strong' }]),
    ]
  })
  const problems = findings.filter(({ outcome }) => outcome === 'problem').length
  const summary: Line =
    problems === 0
      ? [{ text: 'Nobody is needed.', style: 'good' }]
      : [{ text: `${counted(problems, 'thing needs', 'things need')} somebody.`, style: 'bad' }]
  return [...lines, '', summary]
}
