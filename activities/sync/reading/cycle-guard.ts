import { createHash } from 'node:crypto'

/** How many pages of this slice are remembered. */
const REMEMBERED = 1000
const STATE = /^([\w-]{16})\.(\d{1,2})\.(\d{1,15})$/

/**
 * Notices a page that comes again: a sync over it would never end. Inside a slice the last
 * {@link REMEMBERED} pages are known, so that a small circle is noticed at once. Across slices, and for
 * larger circles, one page is kept and compared with every later one, and is replaced after 1, 2, 4 ...
 * pages (R. P. Brent, An improved Monte Carlo factorization algorithm, 1980): a circle is noticed within
 * three times as many pages as there are before and in it.
 */
export class CycleGuard {
  readonly #recent: Set<string>
  #kept: string
  #exponent: number
  #steps: number

  /**
   * @param begin the page that the slice begins with
   * @param state of the slice before
   */
  constructor(begin: string, state = '') {
    const first = digestOf(begin)
    const [, kept = first, exponent = '0', steps = '0'] = STATE.exec(state) ?? []
    this.#recent = new Set([first])
    this.#kept = kept
    this.#exponent = Number(exponent)
    this.#steps = Number(steps)
  }

  /** Follows to the next page, in order. @returns whether it was there before */
  follow(page: string): boolean {
    const digest = digestOf(page)
    if (this.#recent.has(digest) || digest === this.#kept) return true
    this.#recent.add(digest)
    const [oldest] = this.#recent
    if (this.#recent.size > REMEMBERED && oldest !== undefined) this.#recent.delete(oldest)
    this.#steps += 1
    if (this.#steps === 2 ** this.#exponent) {
      this.#kept = digest
      this.#exponent += 1
      this.#steps = 0
    }
    return false
  }

  /** What a later slice goes on with: a few characters. */
  state(): string {
    return `${this.#kept}.${this.#exponent}.${this.#steps}`
  }
}

function digestOf(page: string): string {
  return createHash('sha256').update(page).digest('base64url').slice(0, 16)
}
