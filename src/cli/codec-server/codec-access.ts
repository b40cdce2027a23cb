import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { html, raw } from 'hono/html'

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
    if (bearer !== undefined && isSameSecret(bearer, this.#token)) return true
    const cookie = getCookie(c, this.#cookieName)
    return cookie !== undefined && isSameSecret(cookie, this.#session(this.#token))
  }

  /** @returns whether it is the token; then this browser has it until tomorrow */
  signIn(c: Context, given: unknown): boolean {
    if (this.#token === undefined || typeof given !== 'string') return false
    if (!isSameSecret(given.trim(), this.#token)) return false
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
function isSameSecret(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}

const SIGN_IN_STYLE = `
:root { color-scheme: light dark }
body { margin: 10vh auto; max-width: 34rem; padding: 0 1rem; font: 1.0625rem/1.55 system-ui, sans-serif }
label, input, button { display: block; font: inherit }
input { width: 100%; box-sizing: border-box; padding: .4rem; margin: .3rem 0 1rem }
`
// Whole, since the hash in the headers is of every character between the tags.
const SIGN_IN_STYLE_ELEMENT = raw(`<style>${SIGN_IN_STYLE}</style>`)
const SIGN_IN_STYLE_HASH = createHash('sha256').update(SIGN_IN_STYLE).digest('base64')

/** Headers of every answer of a codec server. */
export const SIGN_IN_HEADERS = {
  'Cache-Control': 'no-store',
  // With no-referrer, browsers send `Origin: null` with forms.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${SIGN_IN_STYLE_HASH}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
} as const

/** `open`: no token is asked for. */
type SignInState = 'open' | 'asked' | 'refused' | 'done'

const TEXTS: Readonly<Record<SignInState, string>> = {
  open: 'It asks for no token.',
  asked: 'With its token this browser may show in the Web UI what sealed values are.',
  refused: 'That is not the token. It stands where the codec server was started.',
  done: 'This browser may ask for twelve hours. In the Web UI, set this address as the codec server, with the cross-origin credentials included.',
}

/** Takes the token, for the Web UI of Temporal: it sends one of its own to https only, and cookies anywhere. */
export function signInPage(c: Context, state: SignInState): Response | Promise<Response> {
  const form = html`<form method="post" action="/sign-in">
    <label for="token">Token</label>
    <input id="token" name="token" type="password" autocomplete="current-password" required />
    <button>Sign in</button>
  </form>`
  const asks = state === 'asked' || state === 'refused'
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>Codec server of tokenkeeper</title>
          ${SIGN_IN_STYLE_ELEMENT}
        </head>
        <body>
          <main>
            <h1>Codec server of tokenkeeper</h1>
            <p>It shows what sealed values are, and opens none.</p>
            <p role="status">${TEXTS[state]}</p>
            ${asks ? form : ''}
          </main>
        </body>
      </html>`,
    state === 'refused' ? 401 : 200,
  )
}
