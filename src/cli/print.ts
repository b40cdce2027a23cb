import { toPlain, toPlainJson } from '../contract/foreign-text.js'

/** Lines for people on standard output. Whatever others wrote is in them can't move a terminal's cursor. */
export function printLines(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${toPlain(line)}\n`).join(''))
}

/** A line of JSON for machines on standard output: the same value when it is read, harmless when it is shown. */
export function printJson(value: unknown): void {
  process.stdout.write(`${toPlainJson(value)}\n`)
}

/** Lines on standard error: questions, notes and what went wrong. */
export function printNotes(...lines: readonly string[]): void {
  process.stderr.write(lines.map((line) => `${toPlain(line)}\n`).join(''))
}
