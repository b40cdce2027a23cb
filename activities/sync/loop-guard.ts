import { createHash } from 'node:crypto'

/**
 * Notices a page that comes again: a sync over it would never end. Remembers digests only, at most
 * as many as there are pages in one lease's life.
 */
export function createLoopGuard(): (page: string) => boolean {
  const seen = new Set<string>()
  return (page) => {
    const digest = createHash('sha256').update(page).digest('base64').slice(0, 16)
    if (seen.has(digest)) return true
    seen.add(digest)
    return false
  }
}
