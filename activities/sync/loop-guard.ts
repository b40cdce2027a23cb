import { createHash } from 'node:crypto'

/** How many pages of this slice are remembered. */
const REMEMBERED = 1000
const STATE = /^([\w-]{16})\.(\d{1,2})\.(\d{1,15})$/

/** Notices a page that comes again: a sync over it would never end. */
export interface LoopGuard {
  /** Follows to the next page, in order. True: it was there before. */
  readonly follow: (page: string) => boolean
  /** What a later slice goes on with: a few characters. */
  readonly state: () => string
}

/**
 * Inside a slice the last {@link REMEMBERED} pages are known, so that a small circle is noticed at once.
 * Across slices, and for larger circles, one page is kept and compared with every later one, and is
 * replaced after 1, 2, 4 ... pages (R. P. Brent, An improved Monte Carlo factorization algorithm, 1980):
 * a circle is noticed within three times as many pages as there are before and in it.
 * @param begin the page that the slice begins with
 * @param state of the slice before
 */
export function createLoopGuard(begin: string, state?: string): LoopGuard {
  const first = digestOf(begin)
  const recent = new Set([first])
  const [, kept = first, exponent = '0', steps = '0'] = STATE.exec(state ?? '') ?? []
  let brent = { kept, exponent: Number(exponent), steps: Number(steps) }
  return {
    follow: (page) => {
      const digest = digestOf(page)
      if (recent.has(digest) || digest === brent.kept) return true
      recent.add(digest)
      const [oldest] = recent
      if (recent.size > REMEMBERED && oldest !== undefined) recent.delete(oldest)
      brent.steps += 1
      if (brent.steps === 2 ** brent.exponent)
        brent = { kept: digest, exponent: brent.exponent + 1, steps: 0 }
      return false
    },
    state: () => `${brent.kept}.${brent.exponent}.${brent.steps}`,
  }
}

function digestOf(page: string): string {
  return createHash('sha256').update(page).digest('base64url').slice(0, 16)
}
