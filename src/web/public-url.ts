/** Where a handler is reached from outside, and where providers send browsers back to. */
export interface PublicUrl {
  /** `https://app.example/connections`, without a slash at its end. */
  readonly base: string
  /** `/connections`; empty at the root. */
  readonly basePath: string
  readonly secure: boolean
}

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]']
const CALLBACK_PATH = /^(?:\/[A-Za-z0-9._~-]+)*(?:\/|\/:connector)?$/

/** @throws TypeError for what is no https URL (http to loopback) or has more than a path */
export function readPublicUrl(publicUrl: string): PublicUrl {
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined
  const secure = url?.protocol === 'https:'
  const loopback = url?.protocol === 'http:' && LOOPBACK_HOSTS.includes(url.hostname)
  const bare = /^[^?#@]*$/.test(publicUrl)
  if (url === undefined || !(secure || loopback) || !bare)
    throw new TypeError(
      `publicUrl must be an https URL without query, as 'https://app.example/connections' (http only on loopback)`,
    )
  const basePath = url.pathname.replace(/\/+$/, '')
  return { base: `${url.origin}${basePath}`, basePath, secure }
}

/** @throws TypeError for what is no plain path */
export function checkCallbackPath(path: string): void {
  if (CALLBACK_PATH.test(path)) return
  throw new TypeError(
    `callbackPath must be a plain path such as '/callback', or '/callback/:connector' for an address per connector`,
  )
}

/**
 * The absolute URL of a path of this site, which may come from a request (`next`); undefined for
 * whatever could lead a browser elsewhere, in the spellings that browsers mend.
 */
export function urlOfThisSite(path: unknown, { base }: PublicUrl): string | undefined {
  if (typeof path !== 'string' || path.length > MAX_OWN_PATH) return undefined
  // Browsers read `\` as `/`, and read over tabs and line breaks.
  if (!/^\/(?![/\\])[^\\\p{Cc}\p{Cf}\p{Cs}]*$/u.test(path)) return undefined
  const { origin } = new URL(base)
  const url = new URL(path, `${origin}/`)
  return url.origin === origin ? url.href : undefined
}

/** @throws TypeError for a link that is neither an http(s) URL without user info nor a path of this site */
export function checkLink(name: string, url: unknown, publicUrl: PublicUrl): void {
  if (urlOfThisSite(url, publicUrl) !== undefined) return
  if (typeof url === 'string' && /^https?:\/\/[^\s\\\p{Cc}]+$/iu.test(url) && URL.canParse(url)) {
    const { username, password } = new URL(url)
    if (username === '' && password === '') return
  }
  throw new TypeError(`${name} must be an http or https URL, or a path of this site as '/settings'`)
}

const MAX_OWN_PATH = 2000
