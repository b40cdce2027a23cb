import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'

/** Who may ask a codec server, and from where. */
export interface CodecPlace {
  /** Undefined: whoever reaches it. */
  readonly token: string | undefined
  /** Pages that may ask it from a browser: the Web UI's `https://temporal.example`. */
  readonly origins: readonly string[]
  /** What it is called: `localhost:8485`. Whoever asks under another name is refused. */
  readonly hosts: readonly string[]
  /** It is reached by TLS. */
  readonly secure: boolean
}

const SESSION_SECONDS = 12 * 3600

/** The token of a codec server, and the cookie by which a browser has it. */
export class CodecAccess {
  readonly #token: string | undefined
  readonly #secure: boolean

  constructor({ token, secure }: Pick<CodecPlace, 'token' | 'secure'>) {
    this.#token = token
    this.#secure = secure
  }

  get isOpen(): boolean {
    return this.#token === undefined
  }

  /** By the `Authorization` header, as the CLI sends it, or by the cookie of {@link signIn}. */
  allows(c: Context): boolean {
    if (this.#token === undefined) return true
    const [, bearer] = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
    if (bearer !== undefined && isSame(bearer, this.#token)) return true
    const cookie = getCookie(c, this.#cookieName)
    return cookie !== undefined && isSame(cookie, this.#session(this.#token))
  }

  /** @returns whether it is the token; then this browser has it until tomorrow */
  signIn(c: Context, given: unknown): boolean {
    if (this.#token === undefined || typeof given !== 'string') return false
    if (!isSame(given.trim(), this.#token)) return false
    setCookie(c, this.#cookieName, this.#session(this.#token), {
      httpOnly: true,
      // The Web UI counts as the same site where it has the same name, whatever its port.
      sameSite: 'Strict',
      secure: this.#secure,
      path: '/',
      maxAge: SESSION_SECONDS,
    })
    return true
  }

  get #cookieName(): string {
    return this.#secure ? '__Host-tokenkeeper-codec' : 'tokenkeeper-codec'
  }

  /** Other programs of this machine get the cookies of its name: they must not learn the token itself. */
  #session(token: string): string {
    return createHmac('sha256', token).update('tokenkeeper codec-server').digest('base64url')
  }
}

/** In a time that does not tell where the two differ, nor how long they are. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
