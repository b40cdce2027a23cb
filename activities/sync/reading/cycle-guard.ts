import { createHash } from 'node:crypto'

/** How many pages of this slice are remembered. */
const REMEMBERED = 1000
/** A shorter page is remembered as it is: a digest of it would take longer to make than to compare. */
const SHORT = 256
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
  /** Its digest, and the page itself where this slice has seen it. */
  #kept: { readonly digest: string; readonly page?: string | undefined }
  #exponent: number
  #steps: number

  /**
   * @param begin the page that the slice begins with
   * @param state of the slice before
   */
  constructor(begin: string, state = '') {
    const [, kept, exponent = '0', steps = '0'] = STATE.exec(state) ?? []
    this.#recent = new Set([markOf(begin)])
    this.#kept = kept === undefined ? { digest: digestOf(begin), page: begin } : { digest: kept }
    this.#exponent = Number(exponent)
    this.#steps = Number(steps)
  }

  /** Follows to the next page, in order. @returns whether it was there before */
  follow(page: string): boolean {
    const mark = markOf(page)
    if (this.#recent.has(mark) || this.#isKept(page)) return true
    this.#recent.add(mark)
    if (this.#recent.size > REMEMBERED) this.#forgetOldest()
    this.#steps += 1
    if (this.#steps === 2 ** this.#exponent) {
      this.#kept = { digest: digestOf(page), page }
      this.#exponent += 1
      this.#steps = 0
    }
    return false
  }

  /** What a later slice goes on with: a few characters. */
  state(): string {
    return `${this.#kept.digest}.${this.#exponent}.${this.#steps}`
  }

  #isKept(page: string): boolean {
    const { digest, page: kept } = this.#kept
    return kept === undefined ? digestOf(page) === digest : page === kept
  }

  #forgetOldest(): void {
    for (const oldest of this.#recent) {
      this.#recent.delete(oldest)
      return
    }
  }
}

function markOf(page: string): string {
  return page.length < SHORT ? page : digestOf(page)
}

function digestOf(page: string): string {
  return createHash('sha256').update(page).digest('base64url').slice(0, 16)
}
