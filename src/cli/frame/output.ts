import { setTimeout as delay } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { outputScreen, printJson, printJsonDocument, printLines, printNotes } from './print.js'
import { LiveRegion } from '../terminal/live-region.js'
import type { Screen } from '../terminal/screen.js'
import type { Line } from '../terminal/styled-line.js'
import type { TableSpace } from '../terminal/table.js'
import { isoTime, relativeTime } from '../terminal/time-text.js'
import { UsageError } from './usage-error.js'

/** `json`: one document. `jsonl`: a line of JSON for each thing. */
export type OutputFormat = 'table' | 'json' | 'jsonl'
export const OUTPUT_FORMATS: readonly OutputFormat[] = ['table', 'json', 'jsonl']

export interface OutputOptions {
  readonly output: OutputFormat
}

export interface WatchOptions extends OutputOptions {
  /** Seconds between looks; true: the default. */
  readonly watch?: true | number | undefined
}

/** What lines are laid out for. */
export interface View extends TableSpace {
  readonly isTerminal: boolean
  /** `in 41 min` on a terminal, ISO 8601 in a pipe. */
  readonly time: (atMs: number) => string
}

/** Something to show: what machines read, and the lines that people read. */
export interface Shown {
  readonly value: unknown
  readonly lines: (view: View) => readonly Line[]
}

/** Something that is watched. */
export interface Look extends Shown {
  /** It will not change any more. */
  readonly isLast?: boolean | undefined
}

export function withOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'how the answer is written')
      .choices(OUTPUT_FORMATS)
      .default('table'),
  )
}

const WATCH_EVERY_S = 2

/** `--watch`. */
export function withWatch(command: Command): Command {
  return command.option(
    '-w, --watch [seconds]',
    `look again and again, every ${WATCH_EVERY_S} seconds by default, until Ctrl-C`,
    toSeconds,
  )
}

export function viewOf(screen: Screen, nowMs: number): View {
  const { isTerminal, columns } = screen
  return {
    isTerminal,
    columns,
    cut: isTerminal,
    time: (atMs) => (isTerminal ? relativeTime(atMs, nowMs) : isoTime(atMs)),
  }
}

/** Writes one thing to standard output. */
export function show({ output }: OutputOptions, { value, lines }: Shown): void {
  if (output === 'jsonl') printJson(value)
  else if (output === 'json') printJsonDocument(value)
  else printLines(...lines(viewOf(outputScreen(), Date.now())))
}

/** Writes many things: a table of all, one JSON array, or a line of JSON each. */
export function showAll(
  { output }: OutputOptions,
  { value, lines }: Shown & { readonly value: readonly unknown[] },
): void {
  if (output !== 'jsonl') show({ output }, { value, lines })
  else for (const one of value) printJson(one)
}

/**
 * Looks once, or with `--watch` again and again. On a terminal it draws in place; elsewhere it writes what
 * has changed: lines of JSON, or the lines for people.
 * @returns what was seen last
 */
export async function showOrWatch<T extends Look>(
  { output, watch }: WatchOptions,
  look: () => Promise<T>,
): Promise<T> {
  const first = await look()
  if (watch === undefined) {
    const { value } = first
    if (Array.isArray(value)) showAll({ output }, { ...first, value })
    else show({ output }, first)
    return first
  }
  const everyMs = 1000 * (watch === true ? WATCH_EVERY_S : watch)
  const draw = output === 'table' && outputScreen().isTerminal ? drawing(everyMs) : writing(output)
  for (let seen = first; ;) {
    draw(seen)
    if (seen.isLast === true) return seen
    await delay(everyMs)
    seen = await look().catch((error: unknown) => {
      // It may come back: a person who watches wants to see that.
      draw({ ...seen, trouble: error instanceof Error ? error.message : 'it gave no answer' })
      return seen
    })
  }
}

type Drawn = Look & { readonly trouble?: string | undefined }

function drawing(everyMs: number): (look: Drawn) => void {
  const region = new LiveRegion(process.stdout)
  return ({ lines, trouble, isLast }) => {
    const screen = outputScreen()
    const foot: readonly Line[] =
      isLast === true
        ? []
        : [[{ text: trouble ?? `every ${everyMs / 1000} s; Ctrl-C ends it`, style: 'dim' }]]
    region.draw([...lines(viewOf(screen, Date.now())), ...foot], screen)
  }
}

function writing(output: OutputFormat): (look: Drawn) => void {
  let before = ''
  return ({ value, lines, trouble }) => {
    if (trouble !== undefined) {
      printNotes(trouble)
      return
    }
    const now = JSON.stringify(value)
    if (now === before) return
    before = now
    if (output === 'table') printLines(...lines(viewOf(outputScreen(), Date.now())))
    else printJson(value)
  }
}

function toSeconds(text: string): number {
  const seconds = Number(text)
  if (/^\d+(?:\.\d+)?$/.test(text) && seconds >= 0.2 && seconds <= 3600) return seconds
  throw new UsageError('--watch takes a number of seconds from 0.2 to 3600.')
}

/** `1 connection`, `3 connections`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
