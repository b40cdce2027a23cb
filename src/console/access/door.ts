import type { Context, MiddlewareHandler } from 'hono'
import type { PublicUrl } from '../../web/public-url.js'

/** Longest form that is read. */
export const MAX_FORM_BYTES = 64 * 1024

const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/

/** Headers of every answer. Styles and the one script come from this site; nothing is inline. */
export const CONSOLE_HEADERS = {
  'Cache-Control': 'no-store',
  // With no-referrer, browsers send `Origin: null` with forms.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
} as const

export interface PolicySources {
  readonly images?: readonly string[] | undefined
  /** Hashes of style elements. */
  readonly styles?: readonly string[] | undefined
}

/** Deny by default. `form-action` binds the redirects of a form as well, in Chromium. */
export function contentPolicy({ images = [], styles = [] }: PolicySources = {}): string {
  return [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src ${["'self'", ...styles].join(' ')}`,
    `img-src ${["'self'", ...images].join(' ')}`,
    `connect-src 'self'`,
    `form-action 'self'`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ')
}

/**
 * What comes before everything: the name that was asked for, where a form came from, and the headers of
 * the answer.
 */
export function door(place: PublicUrl): MiddlewareHandler {
  const { host } = new URL(place.base)
  return async (c, next) => {
    for (const [name, value] of Object.entries(CONSOLE_HEADERS)) c.header(name, value)
    c.header('Content-Security-Policy', contentPolicy())
    if (place.secure) c.header('Strict-Transport-Security', 'max-age=31536000')
    // DNS rebinding: a page of another site that points its name at this address has a name of its own.
    if (!isOurHost(c, host)) return c.text('Ask for this console by its own address.', 421)
    if (!['GET', 'HEAD'].includes(c.req.method) && !isFromHere(c))
      return c.text('This form did not come from this console. Open the page again.', 403)
    await next()
    return undefined
  }
}

function askedHost(c: Context): string {
  return (c.req.header('host') ?? new URL(c.req.url).host).toLowerCase()
}

function isOurHost(c: Context, host: string): boolean {
  const asked = askedHost(c)
  if (asked === host) return true
  // One machine, several names.
  return LOOPBACK_HOST.test(host) && LOOPBACK_HOST.test(asked) && portOf(asked) === portOf(host)
}

function portOf(host: string): string {
  return /:(\d+)$/.exec(host)?.[1] ?? ''
}

/** Where a form was sent from. A request that does not say is no browser's of today. */
function isFromHere(c: Context): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = c.req.header('origin') ?? ''
  return URL.canParse(origin) && new URL(origin).host === askedHost(c)
}
