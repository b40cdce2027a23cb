import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { parse } from 'hono/utils/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import { jwtVerify, SignJWT } from 'jose'
import type { PublicUrl } from '../../web/public-url.js'
import type { ConsolePerson } from '../console-options.js'

const AUDIENCE = 'tokenkeeper-console'
const DEFAULT_LIFETIME_MS = 8 * 3_600_000
const LEAST_KEY = 32

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
  constructor(place: PublicUrl, { key, lifetimeMs = DEFAULT_LIFETIME_MS }: SessionOptions) {
    if (key !== undefined && key.length < LEAST_KEY)
      throw new TypeError(`sessionKey must have at least ${LEAST_KEY} characters`)
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
    const session = await new SignJWT({ name, role })
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience(AUDIENCE)
      .setJti(randomBytes(16).toString('base64url'))
      .setIssuedAt()
      .setExpirationTime(`${this.#lifetimeSeconds}s`)
      .sign(this.#key)
    setCookie(c, this.#cookie, session, { ...this.#options, maxAge: this.#lifetimeSeconds })
  }

  /** Who is signed in; undefined for nobody, and for whatever this console did not sign. */
  async read(request: Request): Promise<ConsolePerson | undefined> {
    const session = this.#sessionOf(request)
    if (session === undefined) return undefined
    try {
      const { payload } = await jwtVerify(session, this.#key, {
        audience: AUDIENCE,
        algorithms: ['HS256'],
      })
      const { name, role } = payload
      if (typeof name !== 'string' || (role !== 'viewer' && role !== 'operator')) return undefined
      return { name, role }
    } catch {
      return undefined
    }
  }

  close(c: Context): void {
    deleteCookie(c, this.#cookie, this.#options)
  }

  /** What the forms of this session carry. Where the application signs people in, it is bound to the person. */
  formToken(request: Request, person: ConsolePerson): string {
    const bound = this.#sessionOf(request) ?? `${person.role} ${person.name}`
    return createHmac('sha256', this.#key).update(`form ${bound}`).digest('base64url')
  }

  isFormToken(request: Request, person: ConsolePerson, given: unknown): boolean {
    const wanted = Buffer.from(this.formToken(request, person))
    const token = Buffer.from(typeof given === 'string' ? given : '')
    return token.length === wanted.length && timingSafeEqual(token, wanted)
  }

  #sessionOf(request: Request): string | undefined {
    return parse(request.headers.get('cookie') ?? '', this.#cookie)[this.#cookie]
  }
}
