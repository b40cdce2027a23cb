import type { Hono } from 'hono'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import type { ConnectionStatus } from '../../contract/token-status.js'

/** How the pages look and what they say. All of it is shown to whoever opens a link. */
export interface ConnectBrand {
  /**
   * Your application's name, as customers know it.
   * @example name: 'Acme Invoices'
   */
  readonly name: string
  /**
   * An https URL (http to loopback), or a path of the same site.
   * @example logoUrl: 'https://app.example/logo.svg'
   */
  readonly logoUrl?: string | undefined
  /**
   * As `#0b57b0`. The text on it is black or white, whichever can be read better.
   * @example accentColor: '#0b57b0'
   */
  readonly accentColor?: string | undefined
  /**
   * The same, where the person's device is dark. Default: as in light.
   * @example darkAccentColor: '#a8c7fa'
   */
  readonly darkAccentColor?: string | undefined
  /**
   * Language of the texts, as `de`. Default `en`.
   * @example language: 'de'
   */
  readonly language?: string | undefined
  /**
   * In place of the texts of these pages, by name; see {@link ConnectTexts}.
   * @example texts: { title: '{name} verbinden', tryAgain: 'Noch einmal' }
   */
  readonly texts?: Partial<ConnectTexts> | undefined
}

/** `{app}`: the brand's name. `{name}`: the provider's. `{connection}`: as `shopify/acme`. `{person}`: whom the link is for. */
export interface ConnectTexts {
  /** @example title: 'Connect {name}' */
  readonly title: string
  /** @example intro: '{app} asks to connect your account at {name}.' */
  readonly intro: string
  /**
   * Only where the link says whom it is for.
   * @example forPerson: 'This link was made for {person}.'
   */
  readonly forPerson: string
  /** @example consent: 'You go on to {name}, sign in there and agree.' */
  readonly consent: string
  /** @example consentButton: 'Continue to {name}' */
  readonly consentButton: string
  /** @example secrets: 'What you enter is encrypted at once.' */
  readonly secrets: string
  /** @example formButton: 'Connect' */
  readonly formButton: string
  /** @example optional: 'optional' */
  readonly optional: string
  /** @example leaving: 'Going to {name} …' */
  readonly leaving: string
  /** @example connectedTitle: 'Connected' */
  readonly connectedTitle: string
  /** @example connected: '{name} is connected with {app}.' */
  readonly connected: string
  /** @example underWayTitle: 'Not known yet' */
  readonly underWayTitle: string
  /** @example underWay: '{name} has not answered clearly yet. {app} goes on trying.' */
  readonly underWay: string
  /** @example refused: '{name} did not accept what was entered.' */
  readonly refused: string
  /** @example incomplete: 'Something is missing.' */
  readonly incomplete: string
  /** @example tryAgain: 'Try again' */
  readonly tryAgain: string
  /** @example back: 'Back to {app}' */
  readonly back: string
  /** @example usedTitle: 'This link was used already' */
  readonly usedTitle: string
  /** @example used: 'A link is good for one connection.' */
  readonly used: string
  /** @example expiredTitle: 'This link has ended' */
  readonly expiredTitle: string
  /** @example expired: 'Ask {app} for a new one.' */
  readonly expired: string
  /** @example invalidTitle: 'This is no link of ours' */
  readonly invalidTitle: string
  /** @example invalid: 'Copy it whole, or ask {app} for a new one.' */
  readonly invalid: string
  /** @example tooManyTitle: 'Too many tries' */
  readonly tooManyTitle: string
  /** @example tooMany: 'Ask {app} for a new one.' */
  readonly tooMany: string
}

/** What a link says of its connection, for a brand that depends on it. */
export interface ConnectSubject {
  readonly connection: string
  readonly owner?: string | undefined
  readonly tags?: readonly string[] | undefined
}

export interface ConnectPagesOptions {
  /**
   * A {@link TokenkeeperClient} with a public key and `connectLinks`: the pages are served at their `url`.
   * @example keeper: new TokenkeeperClient({ client, publicKey, connectLinks })
   */
  readonly keeper: TokenkeeperClient
  /**
   * One brand, or one for each link: undefined stands for an address that is no link.
   * @example brand: { name: 'Acme Invoices', accentColor: '#0b57b0' }
   */
  readonly brand: ConnectBrand | ((subject: ConnectSubject | undefined) => ConnectBrand)
  /**
   * Is told of each connection that was made by a link, before the person sees it.
   * @example onConnected: async ({ connection }) => await startFirstSync(connection)
   */
  readonly onConnected?:
    ((status: ConnectionStatus, subject: ConnectSubject) => void | Promise<void>) | undefined
  /**
   * For a log of yours. It holds no secret.
   * @example onFailed: (error) => log.warn(error)
   */
  readonly onFailed?: ((error: unknown, subject: ConnectSubject | undefined) => void) | undefined
}

/** The pages that connect links lead to. They know no sign-in: whoever has a link may make its one connection. */
export interface ConnectPages {
  /** For a server made with hono: `server.route('/connect', pages.app)`, the path of the links' `url`. */
  readonly app: Hono
  /** For everything else that has `Request` and `Response`. */
  readonly fetch: (request: Request) => Promise<Response>
}
