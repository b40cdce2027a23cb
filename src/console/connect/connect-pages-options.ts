import type { Hono } from 'hono'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import type { ConnectionStatus } from '../../contract/token-status.js'

/** How the pages look and what they say. All of it is shown to whoever opens a link. */
export interface ConnectBrand {
  /** Your application's name, as customers know it. */
  readonly name: string
  /** An https URL (http to loopback), or a path of the same site. */
  readonly logoUrl?: string | undefined
  /** As `#0b57b0`. The text on it is black or white, whichever can be read better. */
  readonly accentColor?: string | undefined
  /** The same, where the person's device is dark. Default: as in light. */
  readonly darkAccentColor?: string | undefined
  /** Language of the texts, as `de`. Default `en`. */
  readonly language?: string | undefined
  /** In place of the texts of these pages, by name; see {@link ConnectTexts}. */
  readonly texts?: Partial<ConnectTexts> | undefined
}

/** `{app}`: the brand's name. `{name}`: the provider's. `{connection}`: as `shopify/acme`. `{person}`: whom the link is for. */
export interface ConnectTexts {
  readonly title: string
  readonly intro: string
  /** Only where the link says whom it is for. */
  readonly forPerson: string
  readonly consent: string
  readonly consentButton: string
  readonly secrets: string
  readonly formButton: string
  readonly optional: string
  readonly leaving: string
  readonly connectedTitle: string
  readonly connected: string
  readonly underWayTitle: string
  readonly underWay: string
  readonly refused: string
  readonly incomplete: string
  readonly tryAgain: string
  readonly back: string
  readonly usedTitle: string
  readonly used: string
  readonly expiredTitle: string
  readonly expired: string
  readonly invalidTitle: string
  readonly invalid: string
  readonly tooManyTitle: string
  readonly tooMany: string
}

/** What a link says of its connection, for a brand that depends on it. */
export interface ConnectSubject {
  readonly connection: string
  readonly owner?: string | undefined
  readonly tags?: readonly string[] | undefined
}

export interface ConnectPagesOptions {
  /** A {@link TokenkeeperClient} with a public key and `connectLinks`: the pages are served at their `url`. */
  readonly keeper: TokenkeeperClient
  /** One brand, or one for each link: undefined stands for an address that is no link. */
  readonly brand: ConnectBrand | ((subject: ConnectSubject | undefined) => ConnectBrand)
  /** Is told of each connection that was made by a link, before the person sees it. */
  readonly onConnected?:
    ((status: ConnectionStatus, subject: ConnectSubject) => void | Promise<void>) | undefined
  /** For a log of yours. It holds no secret. */
  readonly onFailed?: ((error: unknown, subject: ConnectSubject | undefined) => void) | undefined
}

/** The pages that connect links lead to. They know no sign-in: whoever has a link may make its one connection. */
export interface ConnectPages {
  /** For a server made with hono: `server.route('/connect', pages.app)`, the path of the links' `url`. */
  readonly app: Hono
  /** For everything else that has `Request` and `Response`. */
  readonly fetch: (request: Request) => Promise<Response>
}
