import { lastNameOf } from '../../../src/definition/at-path.js'

const LIKE_MORE = /more|next|continu|remain|pending/i
const LIKE_END = /end|last|done|complete|finish|final|eof|exhaust|stop/i

/**
 * Whether a flag is called as what it is declared as; undefined: its name tells neither. For doubts only:
 * what a page says is never read otherwise.
 */
export function nameFits(flag: string, declared: 'more' | 'end'): boolean | undefined {
  const name = lastNameOf(flag) ?? flag
  const isLikeMore = LIKE_MORE.test(name)
  if (isLikeMore === LIKE_END.test(name)) return undefined
  return isLikeMore === (declared === 'more')
}
