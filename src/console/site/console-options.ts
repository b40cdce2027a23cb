import type { Client } from '@temporalio/client'
import type { Hono } from 'hono'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'

/** `viewer` sees; `operator` acts as well. */
export type ConsoleRole = 'viewer' | 'operator'

/** Who is signed in. The name stands in the life story beside what the person did. */
export interface ConsolePerson {
  readonly name: string
  readonly role: ConsoleRole
}

/** A text that is typed into the sign-in page: for one person on one machine. */
export interface TokenSignIn {
  readonly kind: 'token'
  /**
   * At least 20 characters; whoever types it is an operator.
   * @example token: process.env['CONSOLE_TOKEN']
   */
  readonly token: string
  /**
   * Whoever types this one is a viewer.
   * @example viewerToken: process.env['CONSOLE_VIEWER_TOKEN']
   */
  readonly viewerToken?: string | undefined
}

/** Sign-in by OpenID Connect: authorization code flow with PKCE, ID token checked by `openid-client`. */
export interface OpenIdSignIn {
  readonly kind: 'oidc'
  /**
   * `https://login.example.com/realms/team`; http only to loopback.
   * @example issuer: 'https://login.example.com/realms/team'
   */
  readonly issuer: string
  /** @example clientId: 'tokenkeeper-console' */
  readonly clientId: string
  /**
   * Absent: a public client.
   * @example clientSecret: process.env['CONSOLE_CLIENT_SECRET']
   */
  readonly clientSecret?: string | undefined
  /**
   * Default `openid profile email`.
   * @example scope: 'openid profile email groups'
   */
  readonly scope?: string | undefined
  /**
   * Who may do what, by the claims of the ID token. Undefined: nothing. Claims such as `email` are
   * worth what the issuer does to check them.
   * @example roleOf: ({ sub }) => (OPERATORS.has(sub) ? 'operator' : 'viewer')
   */
  readonly roleOf: (claims: Readonly<Record<string, unknown>>) => ConsoleRole | undefined
}

/** The application that the console is mounted in knows who asks. */
export interface OwnSignIn {
  readonly kind: 'own'
  /**
   * Looks at your session. Undefined: nobody is signed in.
   * @example personOf: async (request) => ({ name: await userOf(request), role: 'viewer' })
   */
  readonly personOf: (
    request: Request,
  ) => ConsolePerson | undefined | Promise<ConsolePerson | undefined>
  /**
   * Where people sign in: an http or https URL, or a path of this site.
   * @example signInUrl: '/login'
   */
  readonly signInUrl?: string | undefined
}

export interface ConsoleOptions {
  /**
   * Reads visibility: connections and syncs come from there, a page at a time.
   * @example client: new Client({ connection })
   */
  readonly client: Client
  /**
   * A {@link TokenkeeperClient} with a public key, made of the same client.
   * @example keeper: new TokenkeeperClient({ client, publicKey })
   */
  readonly keeper: TokenkeeperClient
  /**
   * The keeper worker's. Default `tokenkeeper`.
   * @example taskQueue: 'tokenkeeper-eu'
   */
  readonly taskQueue?: string | undefined
  /**
   * Where the console is reached, as `https://ops.example/tokenkeeper`; http only on loopback. Requests
   * under another name are refused: a web page may point a name of its own at this address.
   * @example publicUrl: 'https://ops.example/tokenkeeper'
   */
  readonly publicUrl: string
  /**
   * Where providers send browsers back to, below `publicUrl`: `<publicUrl>/callback` is the redirect URI to
   * register. Default `/callback`; `/callback/:connector` gives each connector one of its own.
   * @example callbackPath: '/callback/:connector'
   */
  readonly callbackPath?: string | undefined
  /** @example signIn: { kind: 'token', token: process.env['CONSOLE_TOKEN'] } */
  readonly signIn: TokenSignIn | OpenIdSignIn | OwnSignIn
  /**
   * Signs sessions: at least 32 characters, the same in every process that serves this console. Default:
   * a random one, so that a restart signs everybody out.
   * @example sessionKey: process.env['CONSOLE_SESSION_KEY']
   */
  readonly sessionKey?: string | undefined
  /**
   * How long a sign-in lasts, in milliseconds. Default 8 hours.
   * @example sessionLifetimeMs: 3_600_000
   */
  readonly sessionLifetimeMs?: number | undefined
  /**
   * For a log of yours: what a page could not show or do. It holds no secret.
   * @example onFailed: (error) => log.warn(error)
   */
  readonly onFailed?: ((error: unknown) => void) | undefined
}

/** The pages of the console. */
export interface Console {
  /** For a server made with hono: `server.route('/tokenkeeper', console.app)`, the path of `publicUrl`. */
  readonly app: Hono
  /** For everything else that has `Request` and `Response`: takes requests with the path of `publicUrl`. */
  readonly fetch: (request: Request) => Promise<Response>
}
