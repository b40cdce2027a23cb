import { toPlainJson } from '../../contract/foreign-text.js'
import { ProgressBar } from '../terminal/progress-bar.js'
import { type Screen, screenOf } from '../terminal/screen.js'
import { type Line, renderLine } from '../terminal/styled-line.js'

/** What standard output is: a terminal or a pipe. */
export function outputScreen(): Screen {
  return screenOf(process.stdout, process.env)
}

/** Lines for people on standard output. Whatever others wrote is in them can't move a terminal's cursor. */
export function printLines(...lines: readonly Line[]): void {
  const { colour } = outputScreen()
  process.stdout.write(lines.map((line) => `${renderLine(line, colour)}\n`).join(''))
}

/** Writes a line of JSON for machines to standard output. It reads as the same value, and it is harmless on a terminal. */
export function printJson(value: unknown): void {
  process.stdout.write(`${toPlainJson(value)}\n`)
}

/** Writes the JSON of {@link printJson} as a document of many lines. */
export function printJsonDocument(value: unknown): void {
  process.stdout.write(`${toPlainJson(value, 2)}\n`)
}

/** Lines on standard error: questions, notes and what went wrong. */
export function printNotes(...lines: readonly Line[]): void {
  const { colour } = screenOf(process.stderr, process.env)
  process.stderr.write(lines.map((line) => `${renderLine(line, colour)}\n`).join(''))
}

/** How far long work is, on standard error. */
export function progressOnStderr(): ProgressBar {
  return new ProgressBar(process.stderr, screenOf(process.stderr, process.env))
}
