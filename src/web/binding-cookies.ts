import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import type { PublicUrl } from './public-url.js'

/**
 * Longer than an authorization lives: a callback that comes too late, or twice, gets a page that says so. The value is
 * worth nothing by then.
 */
const MAX_AGE_SECONDS = 3600
/** How many authorizations one browser may have under way; older ones make room, so that a request's headers stay small. */
const MAX_PENDING = 8
const COOKIE_NAME = 'tokenkeeper-auth-'
/** In place of a binding that has done its work: whoever comes back with it is told that it was used. */
const USED = 'used'

/**
 * Cookies that bind an authorization to the browser that began it, one each, so that two tabs work.
 * Over https their name has the prefix `__Host-`: no other host, not even a neighbour below the same
 * domain, can set them, at the price of the path `/` (RFC 6265bis section 4.1.3.2).
 */
export interface BindingCookies {
  readonly set: (c: Context, state: string, binding: string) => void
  readonly read: (c: Context, state: string) => string | undefined
  /** The authorization has come to its end. */
  readonly end: (c: Context, state: string) => void
}

/** Ends the cookies of this prefix beyond `max - 1`, so that one more may be set: `first` before the others, then the oldest. */
export function makeRoom(
  c: Context,
  prefix: string,
  {
    max,
    options,
    first = () => false,
  }: {
    readonly max: number
    readonly options: CookieOptions
    readonly first?: ((value: string) => boolean) | undefined
  },
): void {
  // Browsers name those first that were set first (RFC 6265 section 5.4).
  const ours = Object.entries(getCookie(c)).filter(([name]) => name.startsWith(prefix))
  const inOrder = [
    ...ours.filter(([, value]) => first(value)),
    ...ours.filter(([, value]) => !first(value)),
  ]
  for (const [name] of inOrder.slice(0, Math.max(0, ours.length - max + 1)))
    deleteCookie(c, name, options)
}

export function createBindingCookies({ basePath, secure }: PublicUrl): BindingCookies {
  const prefix = secure ? '__Host-' : ''
  const options: CookieOptions = {
    path: secure || basePath === '' ? '/' : basePath,
    httpOnly: true,
    secure,
    sameSite: 'Lax',
  }
  const nameOf = (state: string): string => {
    const id = createHash('sha256').update(state).digest('base64url').slice(0, 22)
    return `${prefix}${COOKIE_NAME}${id}`
  }
  return {
    set: (c, state, binding) => {
      makeRoom(c, `${prefix}${COOKIE_NAME}`, {
        max: MAX_PENDING,
        options,
        first: (value) => value === USED,
      })
      setCookie(c, nameOf(state), binding, { ...options, maxAge: MAX_AGE_SECONDS })
    },
    read: (c, state) => getCookie(c, nameOf(state)),
    end: (c, state) => {
      setCookie(c, nameOf(state), USED, { ...options, maxAge: MAX_AGE_SECONDS })
    },
  }
}
