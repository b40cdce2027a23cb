import type { Hono } from 'hono'
import type { BeginAuthorizationOptions } from '../client/authorize.js'
import type { TokenkeeperClient } from '../client/tokenkeeper-client.js'
import type { ConnectionRef } from '../contract/connection-ref.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import type { PageLink } from './page.js'

/** `true`, or what this authorization is begun with; anything else is a no. */
export type ConnectDecision = boolean | Omit<BeginAuthorizationOptions, 'redirectUri'>

export interface AuthorizationHandlerOptions {
  /**
   * A {@link TokenkeeperClient} with a public key.
   * @example keeper: new TokenkeeperClient({ client, publicKey })
   */
  readonly keeper: Pick<TokenkeeperClient, 'beginAuthorization' | 'completeAuthorization'>
  /**
   * Where the handler is reached from outside, as `https://app.example/connections`; http only on
   * loopback. `<publicUrl><callbackPath>` is the redirect URI to register with the provider.
   * @example publicUrl: 'https://app.example/connections'
   */
  readonly publicUrl: string
  /**
   * Whether whoever sent this request may make this connection: look at your session. Asked before
   * anything is begun; the one who comes back is the same browser.
   * @example mayConnect: async (request, { account }) => (await sessionOf(request)).accounts.includes(account)
   */
  readonly mayConnect: (
    request: Request,
    connection: ConnectionRef,
  ) => ConnectDecision | Promise<ConnectDecision>
  /**
   * Default `/callback`. `/callback/:connector` gives each connector a redirect URI of its own (RFC 9700 section 4.4.2.2).
   * @example callbackPath: '/callback/:connector'
   */
  readonly callbackPath?: string | undefined
  /**
   * After a success. Gives the path of this site to send the browser to; without one a page tells the
   * success. A path may come from a request (`next`): whatever could lead to another site is not
   * followed, and told to `onFailed`.
   * @example onConnected: ({ connection }) => `/settings?connected=${connection}`
   */
  readonly onConnected?:
    | ((
        status: ConnectionStatus,
        request: Request,
      ) => string | undefined | Promise<string | undefined>)
    | undefined
  /**
   * For a log of yours: a TokenkeeperError with its code, or what `mayConnect` or `onConnected` threw.
   * @example onFailed: (error) => log.warn(error)
   */
  readonly onFailed?: ((error: unknown, connection: ConnectionRef | undefined) => void) | undefined
  /**
   * A link on every page, back to your application: an http or https URL, or a path of this site.
   * @example home: { label: 'Back to the application', url: '/settings' }
   */
  readonly home?: PageLink | undefined
  /**
   * Default true: pages of failures link to a new start.
   * @example offerNewStart: false
   */
  readonly offerNewStart?: boolean | undefined
}

/** Two addresses of a user's own server: `/start/:connector/:account` and `/callback`. */
export interface AuthorizationHandler {
  /** For a server made with hono: `server.route('/connections', handler.app)`, the path of `publicUrl`. */
  readonly app: Hono
  /** For everything else that has `Request` and `Response`: takes requests with the path of `publicUrl`. */
  readonly fetch: (request: Request) => Promise<Response>
}
