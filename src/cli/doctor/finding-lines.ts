import type { Line, Style } from '../terminal/styled-line.js'
import { wrapTo } from '../terminal/text-width.js'
import { counted } from '../frame/output.js'
import { type Finding, type Outcome } from './finding.js'

const MARKS: Readonly<Record<Outcome, readonly [mark: string, style: Style]>> = {
  ok: ['ok', 'good'],
  note: ['note', 'warning'],
  problem: ['PROBLEM', 'bad'],
  unknown: ['?', 'dim'],
}
const MARK_WIDTH = 8
const LEAST_WIDTH = 40

/** What was found, for people: what to do stands below what is wrong. */
export function findingLines(findings: readonly Finding[], columns: number): readonly Line[] {
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
