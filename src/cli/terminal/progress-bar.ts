import type { WriteStream } from 'node:tty'
import { LiveRegion } from './live-region.js'
import type { Screen } from './screen.js'
import { renderLine } from './styled-line.js'
import { durationText } from './time-text.js'

export interface Progress {
  /** What is being done: `checking`. */
  readonly label: string
  readonly done: number
  /** Absent while it is not known. */
  readonly total?: number | undefined
}

const BAR = 24
/** Less work than that is over before anybody looks. */
const FEW_ITEMS = 2
/** The time left is shown once this share is done: before that it would be a guess. */
const TELLS_FROM = 0.05

/** How far long work is: a bar on a terminal; elsewhere a line each time that a tenth more is done. */
export class ProgressBar {
  readonly #stream: Pick<WriteStream, 'write'>
  readonly #screen: Screen
  readonly #region: LiveRegion
  #begun: { readonly label: string; readonly atMs: number } | undefined
  #lastTenth = ''

  constructor(stream: Pick<WriteStream, 'write'>, screen: Screen) {
    this.#stream = stream
    this.#screen = screen
    this.#region = new LiveRegion(stream)
  }

  show(progress: Progress, nowMs: number = Date.now()): void {
    const { label, done, total } = progress
    if ((total ?? done) < FEW_ITEMS) return
    if (this.#begun?.label !== label) this.#begun = { label, atMs: nowMs }
    if (this.#screen.isTerminal) {
      this.#region.draw([barLine(progress, nowMs - this.#begun.atMs)], this.#screen)
      return
    }
    const tenth = `${label} ${total === undefined ? '' : Math.floor((10 * done) / total)}`
    if (tenth === this.#lastTenth) return
    this.#lastTenth = tenth
    const text = total === undefined ? `${label} ${done}` : `${label} ${done} of ${total}`
    this.#stream.write(`${renderLine(text, false)}\n`)
  }

  /** Gives its line back to what comes next. */
  end(): void {
    if (this.#screen.isTerminal) this.#region.clear()
    this.#begun = undefined
    this.#lastTenth = ''
  }
}

/** `checking [######------] 120/400, about 12 s left` */
export function barLine({ label, done, total }: Progress, tookMs: number): string {
  if (total === undefined || total === 0) return `${label} ${done} …`
  const share = Math.min(1, done / total)
  const full = Math.round(share * BAR)
  const bar = `[${'#'.repeat(full)}${'-'.repeat(BAR - full)}]`
  const leftMs = share < TELLS_FROM || share === 1 ? undefined : (tookMs / share) * (1 - share)
  const left = leftMs === undefined ? '' : `, about ${durationText(leftMs)} left`
  return `${label} ${bar} ${done}/${total}${left}`
}
