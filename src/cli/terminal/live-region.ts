import type { WriteStream } from 'node:tty'
import { cutTo } from './text-width.js'
import { type Line, renderLine, textOfPart } from './styled-line.js'
import type { Screen } from './screen.js'

/** Lines at the end of a terminal that are drawn again in their place. */
export class LiveRegion {
  readonly #stream: Pick<WriteStream, 'write'>
  #drawn = 0

  constructor(stream: Pick<WriteStream, 'write'>) {
    this.#stream = stream
  }

  /** Draws in place of what stood there; what the screen has no room for is counted in its last line. */
  draw(lines: readonly Line[], screen: Screen): void {
    const room = Math.max(1, screen.rows - 1)
    const shown: readonly Line[] =
      lines.length <= room
        ? lines
        : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`]
    const text = shown.map((line) => `${fitted(line, screen)}\n`).join('')
    this.#stream.write(this.#back() + text)
    this.#drawn = shown.length
  }

  clear(): void {
    this.#stream.write(this.#back())
    this.#drawn = 0
  }

  /** To the first of the lines, and nothing below it (ECMA-48: CUU, ED). */
  #back(): string {
    return this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\r\u001b[J`
  }
}

/** A line that broke would not be counted. */
function fitted(line: Line, { columns, colour }: Screen): string {
  const parts = typeof line === 'string' ? [line] : line
  const whole = parts.map(textOfPart).join('')
  return cutTo(whole, columns) === whole
    ? renderLine(line, colour)
    : renderLine(cutTo(whole, columns), colour)
}
