import { Cookie, CookieJar } from 'tough-cookie'
import { Secret } from '../../sealing/secret.js'

/** The most cookies of one answer; RFC 6265 section 6.1 asks for 50 a domain, of 4,096 bytes. They go into every lease. */
const MAX_COOKIES = 50
const MAX_COOKIE_LENGTH = 8192

/**
 * The cookies of one login, by the rules of RFC 6265 (domain, path, secure, host-only; no cookie for a
 * public suffix; `__Host-` and `__Secure-` kept strictly). `Max-Age` becomes a moment when it comes.
 */
export class LoginCookies {
  private constructor(readonly jar: CookieJar) {}

  static empty(): LoginCookies {
    return new LoginCookies(new CookieJar(undefined, { prefixSecurity: 'strict' }))
  }

  /** Undefined for what {@link sealed} did not make. */
  static opened(text: Secret): LoginCookies | undefined {
    try {
      return new LoginCookies(CookieJar.fromJSON(text.reveal()))
    } catch {
      return undefined
    }
  }

  /** Takes in what an answer sets. What its rules forbid is dropped, as browsers do. */
  add(setCookies: readonly string[], url: string, sentAtMs: number): void {
    for (const line of setCookies.slice(0, MAX_COOKIES)) {
      const cookie = line.length > MAX_COOKIE_LENGTH ? undefined : Cookie.parse(line)
      if (cookie === undefined) continue
      if (typeof cookie.maxAge === 'number') {
        // Counted from before the request was sent; a jar would count from the last use.
        const ends = cookie.maxAge <= 0 ? 0 : sentAtMs + cookie.maxAge * 1000
        cookie.expires = new Date(Math.min(ends, 8.64e15))
        cookie.maxAge = null
      }
      this.jar.setCookieSync(cookie, url, { ignoreError: true, now: new Date(sentAtMs) })
    }
  }

  /** Names and values of the cookies that may go to a URL, in the order that they go (RFC 6265 section 5.4). */
  for(
    url: string,
    nowMs: number,
    names: 'all' | readonly string[] = 'all',
  ): readonly (readonly [name: string, value: string])[] {
    return this.jar
      .getCookiesSync(url, { expire: false })
      .filter((cookie) => isKept(cookie, nowMs, names))
      .map(({ key, value }) => [key, value])
  }

  /** The earliest end of these cookies; undefined where none of them has one. */
  endsAtMs(names: readonly string[]): number | undefined {
    const ends = this.#all()
      .filter(({ key }) => names.includes(key))
      .map(({ expires }) => (expires instanceof Date ? expires.getTime() : Infinity))
    const first = Math.min(...ends)
    return Number.isFinite(first) ? first : undefined
  }

  /** The first of the names that the jar lacks. */
  lacks(names: readonly string[], nowMs: number): string | undefined {
    const kept = new Set(
      this.#all()
        .filter((one) => isKept(one, nowMs, names))
        .map(({ key }) => key),
    )
    return names.find((name) => !kept.has(name))
  }

  /** As text, without what has expired or is not among the names. */
  sealed(nowMs: number, names: 'all' | readonly string[] = 'all'): Secret {
    const serialized = this.jar.serializeSync()
    const kept = this.#all().filter((cookie) => isKept(cookie, nowMs, names))
    return new Secret(JSON.stringify({ ...serialized, cookies: kept.map((one) => one.toJSON()) }))
  }

  #all(): readonly Cookie[] {
    const { cookies = [] } = this.jar.serializeSync() ?? {}
    return cookies.map((one) => Cookie.fromJSON(one)).filter((one) => one !== undefined)
  }
}

function isKept(cookie: Cookie, nowMs: number, names: 'all' | readonly string[]): boolean {
  const lives = !(cookie.expires instanceof Date) || cookie.expires.getTime() > nowMs
  return lives && (names === 'all' || names.includes(cookie.key))
}
