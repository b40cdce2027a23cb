import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { parse } from 'hono/utils/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import { jwtVerify, SignJWT } from 'jose'
import type { PublicUrl } from '../../web/public-url.js'
import type { ConsolePerson } from './console-options.js'

const AUDIENCE = 'tokenkeeper-console'
const SIGN_IN_AUDIENCE = 'tokenkeeper-console-sign-in'
/** How long a person may take at the issuer. */
const SIGN_IN_SECONDS = 600
const SESSION_LIFETIME_MS = 8 * 3_600_000
const LEAST_SESSION_KEY = 32

/** A sign-in that is under way at an issuer. */
export interface BegunSignIn {
  readonly verifier: string
  readonly state: string
  readonly nonce: string
  /** The path that was asked for. */
  readonly next: string
}

export interface SessionOptions {
  readonly key?: string | undefined
  readonly lifetimeMs?: number | undefined
}

/**
 * Sessions of signed-in people: a signed cookie, so that several processes with one key serve the same
 * people. It holds a name and a role, and no secret.
 */
export class Sessions {
  readonly #key: Uint8Array
  readonly #lifetimeSeconds: number
  readonly #cookie: string
  readonly #options: CookieOptions

  /** @throws TypeError for a key that is too short */
  constructor(place: PublicUrl, { key, lifetimeMs = SESSION_LIFETIME_MS }: SessionOptions) {
    if (key !== undefined && key.length < LEAST_SESSION_KEY)
      throw new TypeError(`sessionKey must have at least ${LEAST_SESSION_KEY} characters`)
    this.#key = key === undefined ? randomBytes(32) : new TextEncoder().encode(key)
    this.#lifetimeSeconds = Math.floor(lifetimeMs / 1000)
    const { secure, base, basePath } = place
    // Cookies know no ports: two consoles on one machine need two names.
    const port = new URL(base).port
    this.#cookie = secure ? '__Host-tokenkeeper-console' : `tokenkeeper-console-${port}`
    const path = secure || basePath === '' ? '/' : basePath
    this.#options = { path, httpOnly: true, secure, sameSite: 'Lax' }
  }

  async open(c: Context, { name, role }: ConsolePerson): Promise<void> {
    const session = await this.#sign(AUDIENCE, { name, role }, this.#lifetimeSeconds)
    setCookie(c, this.#cookie, session, { ...this.#options, maxAge: this.#lifetimeSeconds })
  }

  /** Who is signed in; undefined for nobody, and for whatever this console did not sign. */
  async read(request: Request): Promise<ConsolePerson | undefined> {
    const content = await this.#verify(AUDIENCE, this.#cookieOf(request, this.#cookie))
    const { name, role } = content ?? {}
    if (typeof name !== 'string' || (role !== 'viewer' && role !== 'operator')) return undefined
    return { name, role }
  }

  /** Keeps what a sign-in elsewhere has to be compared with when the browser comes back. */
  async keepSignIn(c: Context, begun: BegunSignIn): Promise<void> {
    const content = await this.#sign(SIGN_IN_AUDIENCE, { ...begun }, SIGN_IN_SECONDS)
    setCookie(c, `${this.#cookie}-sign-in`, content, { ...this.#options, maxAge: SIGN_IN_SECONDS })
  }

  /** Once: whoever comes back again begins anew. */
  async takeSignIn(c: Context): Promise<BegunSignIn | undefined> {
    const name = `${this.#cookie}-sign-in`
    const content = await this.#verify(SIGN_IN_AUDIENCE, this.#cookieOf(c.req.raw, name))
    deleteCookie(c, name, this.#options)
    const { verifier, state, nonce, next } = content ?? {}
    const texts = [verifier, state, nonce, next]
    if (!texts.every((text) => typeof text === 'string')) return undefined
    return { verifier, state, nonce, next } as BegunSignIn
  }

  close(c: Context): void {
    deleteCookie(c, this.#cookie, this.#options)
  }

  /** What the forms of this session carry. Where the application signs people in, it is bound to the person. */
  formToken(request: Request, person: ConsolePerson): string {
    const bound = this.#cookieOf(request, this.#cookie) ?? `${person.role} ${person.name}`
    return createHmac('sha256', this.#key).update(`form ${bound}`).digest('base64url')
  }

  isFormToken(request: Request, person: ConsolePerson, given: unknown): boolean {
    const wanted = Buffer.from(this.formToken(request, person))
    const token = Buffer.from(typeof given === 'string' ? given : '')
    return token.length === wanted.length && timingSafeEqual(token, wanted)
  }

  async #sign(
    audience: string,
    content: Readonly<Record<string, string>>,
    seconds: number,
  ): Promise<string> {
    return await new SignJWT(content)
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience(audience)
      .setJti(randomBytes(16).toString('base64url'))
      .setIssuedAt()
      .setExpirationTime(`${seconds}s`)
      .sign(this.#key)
  }

  async #verify(
    audience: string,
    text: string | undefined,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    if (text === undefined) return undefined
    try {
      const { payload } = await jwtVerify(text, this.#key, { audience, algorithms: ['HS256'] })
      return payload
    } catch {
      return undefined
    }
  }

  #cookieOf(request: Request, name: string): string | undefined {
    return parse(request.headers.get('cookie') ?? '', name)[name]
  }
}
