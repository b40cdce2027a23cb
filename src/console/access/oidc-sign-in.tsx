import type { Context, Handler } from 'hono'
import * as openid from 'openid-client'
import { isConnectUrl } from '../../contract/connect-form.js'
import { toPlain } from '../../contract/foreign-text.js'
import type { ConsolePerson, OpenIdSignIn } from '../site/console-options.js'
import { type ConsoleSite, pathOf } from '../site/console-site.js'
import { sendBarePage } from '../frame/layout.js'
import { wantedPath } from './need-person.js'

/** Lets http through, for an issuer on this machine only. The library compares the function itself, so it can't be wrapped. */
const allowLoopback: (configuration: openid.Configuration) => void =
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; this is loopback
  openid.allowInsecureRequests

/** @throws TypeError for an issuer that could be read on its way */
export function checkIssuer({ issuer, roleOf }: OpenIdSignIn): void {
  if (!isConnectUrl(issuer))
    throw new TypeError(`signIn.issuer must be an https URL, as 'https://login.example.com'`)
  if (typeof (roleOf as unknown) !== 'function')
    throw new TypeError('signIn.roleOf is missing: it says who may look and who may act')
}

/** Sign-in by OpenID Connect: authorization code flow with PKCE, state and nonce. */
export class OpenIdSignInRoutes {
  readonly #site: ConsoleSite
  readonly #signIn: OpenIdSignIn
  #configuration: Promise<openid.Configuration> | undefined

  constructor(site: ConsoleSite, signIn: OpenIdSignIn) {
    this.#site = site
    this.#signIn = signIn
  }

  /** The page that leads to the issuer. */
  readonly page: Handler = async (c) => {
    const next = encodeURIComponent(wantedPath(this.#site, c.req.query('next')))
    return await sendBarePage(
      c,
      this.#site,
      <>
        <h1>Sign in</h1>
        <p>You sign in at {new URL(this.#signIn.issuer).host}, and come back here.</p>
        <a class="button primary" href={`${pathOf(this.#site, '/sign-in/start')}?next=${next}`}>
          Sign in
        </a>
      </>,
      { title: 'Sign in', status: 200 },
    )
  }

  /** Sends the browser to the issuer. */
  readonly start: Handler = async (c) => {
    try {
      const configuration = await this.#configured()
      const verifier = openid.randomPKCECodeVerifier()
      const state = openid.randomState()
      const nonce = openid.randomNonce()
      const next = wantedPath(this.#site, c.req.query('next'))
      await this.#site.sessions.keepSignIn(c, { verifier, state, nonce, next })
      const url = openid.buildAuthorizationUrl(configuration, {
        redirect_uri: this.#redirectUri(),
        scope: this.#signIn.scope ?? 'openid profile email',
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      })
      return c.redirect(url.href, 303)
    } catch (error) {
      return await this.#refuse(c, error, 'The issuer does not answer as it should', 503)
    }
  }

  /** Takes the browser back: who it is, and what they may do. */
  readonly callback: Handler = async (c) => {
    try {
      const begun = await this.#site.sessions.takeSignIn(c)
      if (begun === undefined) throw new Error('no sign-in was begun in this browser')
      const configuration = await this.#configured()
      const callback = new URL(`${this.#redirectUri()}${new URL(c.req.url).search}`)
      const tokens = await openid.authorizationCodeGrant(configuration, callback, {
        pkceCodeVerifier: begun.verifier,
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      })
      const claims = tokens.claims() ?? {}
      const role = this.#signIn.roleOf(claims)
      const name = nameOf(claims)
      if (role === undefined) return await this.#notAllowed(c, name)
      await this.#site.sessions.open(c, { name, role })
      return c.redirect(begun.next, 303)
    } catch (error) {
      return await this.#refuse(c, error, 'Nobody was signed in', 403)
    }
  }

  #redirectUri(): string {
    return `${this.#site.place.base}/sign-in/callback`
  }

  /** Discovered once; what failed is tried again with the next sign-in. */
  async #configured(): Promise<openid.Configuration> {
    this.#configuration ??= this.#discover()
    try {
      return await this.#configuration
    } catch (error) {
      this.#configuration = undefined
      throw error
    }
  }

  async #discover(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = this.#signIn
    const found = await openid.discovery(new URL(issuer), clientId, undefined, openid.None(), {
      execute: issuer.startsWith('https:') ? [] : [allowLoopback],
    })
    if (clientSecret === undefined) return found
    const server = found.serverMetadata()
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const proof = methods.includes('client_secret_basic')
      ? openid.ClientSecretBasic(clientSecret)
      : openid.ClientSecretPost(clientSecret)
    const configuration = new openid.Configuration(server, clientId, undefined, proof)
    if (!issuer.startsWith('https:')) allowLoopback(configuration)
    return configuration
  }

  async #notAllowed(c: Context, name: string): Promise<Response> {
    return await sendBarePage(
      c,
      this.#site,
      <>
        <h1>You may not see this console</h1>
        <p>
          You are signed in as {name}, and nothing says that you may look or act here. Ask the
          people who run it.
        </p>
      </>,
      { title: 'You may not see this console', status: 403 },
    )
  }

  async #refuse(c: Context, error: unknown, title: string, status: 403 | 503): Promise<Response> {
    // Its cause may hold what came from the issuer.
    const { host } = new URL(this.#signIn.issuer)
    this.#site.onFailed?.(new Error(`Sign-in at ${host} failed: ${codeOf(error)}`))
    return await sendBarePage(
      c,
      this.#site,
      <>
        <h1>{title}</h1>
        <p>Try once more. If it stays like this, tell the people who run this console.</p>
        <p class="quiet small">
          Code: <code>{codeOf(error)}</code>
        </p>
        <a class="button primary" href={pathOf(this.#site, '/sign-in')}>
          Sign in again
        </a>
      </>,
      { title, status },
    )
  }
}

interface Told {
  readonly error?: unknown
  readonly code?: unknown
  readonly cause?: Told | null
}

/** An address that the issuer has not checked is no name. */
function nameOf(claims: Readonly<Record<string, unknown>>): ConsolePerson['name'] {
  const { email, email_verified: isVerified, preferred_username: user, name, sub } = claims
  const chosen = [isVerified === true ? email : undefined, user, name, sub].find(
    (one) => typeof one === 'string' && one !== '',
  )
  return toPlain(String(chosen), 150)
}

/** A code of the network, of OAuth or of the library: `ECONNREFUSED`, `access_denied`, `OAUTH_INVALID_RESPONSE`. */
function codeOf(error: unknown): string {
  const { error: told, code, cause } = (error ?? {}) as Told
  // `fetch failed` has the reason in its cause, and the library may put its own error around that.
  const inner = [cause?.cause?.code, cause?.code]
  const found = [told, ...inner, code].find(
    (one) => typeof one === 'string' && /^[\w.-]{1,64}$/.test(one),
  )
  return typeof found === 'string' ? found : 'failed'
}
