/** One field of the form with which a person gives a credential. Plain data for a page. */
export interface ConnectField {
  /** As the kind of authentication calls it: `apiKey`. */
  readonly name: string
  readonly label: string
  readonly help?: string | undefined
  readonly link?: ConnectHelpLink | undefined
  readonly placeholder?: string | undefined
  /** It is not shown while it is typed. */
  readonly secret?: true | undefined
  readonly optional?: true | undefined
  /** Whether it has several lines, as a private key in PEM. */
  readonly multiline?: true | undefined
}

export interface ConnectHelpLink {
  readonly label: string
  /** https, or http to loopback. */
  readonly url: string
}

/** Of Google's key file (a JSON object): what is used, and what is only let through. */
export const KEY_FILE_FIELDS: readonly string[] = [
  ...['type', 'private_key', 'private_key_id', 'client_email', 'token_uri'],
  ...['project_id', 'client_id', 'auth_uri', 'auth_provider_x509_cert_url'],
  ...['client_x509_cert_url', 'universe_domain'],
]

/** How a person gives the credential of a connection, as the connector's definition says. */
export interface ConnectForm {
  readonly connection: string
  /** The provider's name for people. */
  readonly name: string
  readonly text?: string | undefined
  readonly link?: ConnectHelpLink | undefined
  readonly kind: string
  /** `browser`: by consent at the provider's page; the fields then are values that its address needs. */
  readonly by: 'browser' | 'form'
  readonly fields: readonly ConnectField[]
}

export type ConnectFormResult =
  | { readonly outcome: 'found'; readonly form: ConnectForm }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }

/** The argument of `tokenkeeper.connect-link-update`: a link is good for one connection. */
export interface ConnectLinkUse {
  /** SHA-256 in base64url of the link's id. */
  readonly linkHash: string
  /** When the link ends: it is remembered until then, and somewhat longer. */
  readonly expiresAtMs: number
  /** `look`: nothing is changed. `spend`: nobody else can use it any more. `release`: what it was spent for came to nothing. */
  readonly as: 'look' | 'spend' | 'release'
}

export type ConnectLinkResult =
  | { readonly outcome: 'taken' }
  | {
      readonly outcome: 'refused'
      readonly code: 'LinkUsed' | 'LinkExpired' | 'TooManyTries' | 'InvalidInput'
      readonly message: string
    }

/** How long a link is remembered beyond its end: a consent that was begun in time may take ten minutes. */
export const LINK_GRACE_MS = 15 * 60_000

const LOOPBACK = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?:[/?#]|$)/
const HTTPS = /^https:\/\/[^\s/?#@\\]+(?:[/?#]|$)/

/** Whether an address may stand in a link that people follow: https without user info, or http to loopback. */
export function isConnectUrl(url: string): boolean {
  return url.length <= 2000 && /^[\x21-\x7e]+$/.test(url) && (HTTPS.test(url) || LOOPBACK.test(url))
}
