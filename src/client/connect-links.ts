import { createHash, randomBytes } from 'node:crypto'
import {
  type ConnectForm,
  type ConnectFormResult,
  type ConnectLinkResult,
  type ConnectLinkUse,
  isConnectUrl,
  LINK_GRACE_MS,
} from '../contract/connect-form.js'
import type { ConnectionDetails } from '../contract/connection-details.js'
import {
  type ConnectionRef,
  formatConnection,
  parseConnection,
} from '../contract/connection-ref.js'
import { toMilliseconds } from '../contract/duration.js'
import { TOKEN_UPDATES } from '../contract/messages.js'
import { isRecord, withoutUndefined } from '../contract/plain-data.js'
import { Secret } from '../sealing/secret.js'
import type { ConnectionCalls } from './connection-calls.js'
import type { SecretText } from './credential-input.js'
import { type DetailsOptions, toDetailsChange } from './operator-options.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'

/** Where connect pages are, and what their links are made with. */
export interface ConnectLinkSettings {
  /**
   * Where `createConnectPages` is reached, as `https://app.example/connect`; http only to loopback.
   * @example url: 'https://app.example/connect'
   */
  readonly url: string
  /**
   * At least 32 characters each, as `openssl rand -base64 32` prints; the same for those who make links and
   * those who serve the pages. The first makes links, all of them open them, so that one can be replaced.
   * @example keys: [process.env['CONNECT_LINK_KEY']]
   */
  readonly keys: readonly SecretText[]
}

export interface ConnectLinkOptions extends DetailsOptions {
  /**
   * `shopify/acme`; living or new: a link to a living connection re-authorises it.
   * @example connection: 'shopify/acme'
   */
  readonly connection: string
  /**
   * How long the link is good, as `'30 minutes'` (default) or in milliseconds; at most 7 days.
   * @example expiresIn: '2 days'
   */
  readonly expiresIn?: string | number | undefined
  /**
   * Where the person goes afterwards, with `result=connected` or `result=failed&code=…` and `connection=…`
   * added: https, or http to loopback. Default: a page that tells the result.
   * @example redirectUrl: 'https://app.example/settings'
   */
  readonly redirectUrl?: string | undefined
  /**
   * Whom the link is for, as the page and the life story say it: `anna@example.com`. No proof of anything.
   * @example person: 'anna@example.com'
   */
  readonly person?: string | undefined
  /**
   * Space-separated, in place of the definition's; for consent in a browser.
   * @example scope: 'orders.read'
   */
  readonly scope?: string | undefined
  /**
   * Values for variables of the connector: they are not asked for then.
   * @example variables: { shop: 'acme' }
   */
  readonly variables?: Readonly<Record<string, string>> | undefined
  /** A living connection may come back as another account. */
  readonly allowOtherAccount?: boolean | undefined
}

/** A link that a person opens once. Whoever has it can make this one connection: hand it to nobody else. */
export interface ConnectLink {
  readonly url: string
  readonly expiresAtMs: number
}

/** What a link says, to the pages that serve it. */
export interface OpenedConnectLink extends Omit<ConnectLinkOptions, 'connection' | 'expiresIn'> {
  readonly ref: ConnectionRef
  readonly id: string
  readonly expiresAtMs: number
}

const LINK_LIFETIME_MS = 30 * 60_000
const LONGEST_LINK_LIFETIME_MS = 7 * 86_400_000
const LEAST_LINK_KEY = 32
/** Mail programs and proxies cut longer ones. */
const MAX_TOKEN = 3500
const KEY_CONTEXT = 'tokenkeeper connect link'

/** Makes the links of connect pages, opens them, and has the token workflow spend them: each is good for one connection. */
export class ConnectLinks {
  readonly #url: string | undefined
  readonly #keys: readonly Uint8Array[]
  readonly #calls: ConnectionCalls

  /** @throws TypeError for settings that are none */
  constructor(settings: ConnectLinkSettings | undefined, calls: ConnectionCalls) {
    this.#calls = calls
    this.#url = settings?.url.replace(/\/+$/, '')
    if (this.#url !== undefined && (!isConnectUrl(this.#url) || /[?#]/.test(this.#url)))
      throw new TypeError(
        `connectLinks.url must be an https URL without query (http to loopback), as 'https://app.example/connect'`,
      )
    this.#keys = (settings?.keys ?? []).map(toCipherKey)
    if (settings !== undefined && this.#keys.length === 0)
      throw new TypeError('connectLinks.keys must hold at least one key')
  }

  /** Where the pages are; undefined: the client has no settings for links. */
  get url(): string | undefined {
    return this.#url
  }

  /** @throws TokenkeeperError `InvalidConnection`, `InvalidInput`, `NoLinkKey` */
  async create(options: ConnectLinkOptions): Promise<ConnectLink> {
    const { connection, expiresIn = LINK_LIFETIME_MS } = options
    const ref = parseConnection(connection)
    if (ref === undefined)
      throw new TokenkeeperError(
        'InvalidConnection',
        'The connection of a link is named as shopify/acme.',
      )
    const name = formatConnection(ref)
    const refuse = (why: string) =>
      new TokenkeeperError('InvalidInput', `A link to connect ${name} can't be made: ${why}.`, name)
    const [key] = this.#keys
    if (key === undefined || this.#url === undefined)
      throw new TokenkeeperError(
        'NoLinkKey',
        `A link to connect ${name} can't be made: give TokenkeeperClient connectLinks, with the address of the connect pages and a key.`,
        name,
      )
    const lifetimeMs = toMilliseconds(expiresIn)
    if (lifetimeMs === undefined || lifetimeMs < 1000 || lifetimeMs > LONGEST_LINK_LIFETIME_MS)
      throw refuse(`expiresIn must be a duration of at most 7 days, as '30 minutes'`)
    const { redirectUrl, person, scope, variables, allowOtherAccount } = options
    if (redirectUrl !== undefined && !isConnectUrl(redirectUrl))
      throw refuse('redirectUrl must be an https URL (http to loopback)')
    const expiresAtMs = Math.floor((Date.now() + lifetimeMs) / 1000) * 1000
    const details = toDetailsChange(options, name)
    const content = { details, redirectUrl, person, scope, variables, allowOtherAccount }
    // Most clients make no links: what they need is loaded when one is made.
    const { EncryptJWT } = await import('jose')
    const token = await new EncryptJWT({ connection: name, ...withoutUndefined(content) })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setSubject(KEY_CONTEXT)
      .setJti(randomBytes(18).toString('base64url'))
      .setExpirationTime(expiresAtMs / 1000)
      .encrypt(key)
    if (token.length > MAX_TOKEN)
      throw refuse(
        'it would be too long for an address: give less metadata, and set it by update()',
      )
    return { url: `${this.#url}/${token}`, expiresAtMs }
  }

  /**
   * @param inTime what was begun with it was begun in time: a consent may take a while longer than the link
   * @throws TokenkeeperError `LinkInvalid`, `LinkExpired`
   */
  async open(
    token: string,
    { inTime = false }: { readonly inTime?: boolean } = {},
  ): Promise<OpenedConnectLink> {
    const { errors, jwtDecrypt } = await import('jose')
    for (const key of this.#keys) {
      try {
        const { payload } = await jwtDecrypt(token, key, {
          subject: KEY_CONTEXT,
          clockTolerance: inTime ? LINK_GRACE_MS / 1000 : 0,
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        })
        const link = readLink(payload)
        if (link !== undefined) return link
      } catch (error) {
        if (error instanceof errors.JWTExpired)
          throw new TokenkeeperError('LinkExpired', 'This link has ended. Ask for a new one.')
      }
    }
    throw new TokenkeeperError(
      'LinkInvalid',
      'This is no link of these pages, or it was changed on its way.',
    )
  }

  /** How a person gives the credential. @throws TokenkeeperError by what the keeper answers */
  async form(ref: ConnectionRef): Promise<ConnectForm> {
    const result = await this.#calls.updateWithStart<ConnectFormResult>(
      ref,
      TOKEN_UPDATES.connectForm,
      {},
    )
    if (result.outcome === 'found') return result.form
    throw new TokenkeeperError(result.code, result.message, formatConnection(ref))
  }

  /**
   * Asks the token workflow whether a link is still good (`look`), takes it for one connection (`spend`), or
   * gives it back since that came to nothing (`release`).
   * @throws TokenkeeperError `LinkUsed`, `LinkExpired`, `TooManyTries`
   */
  async use({ ref, id, expiresAtMs }: OpenedConnectLink, as: ConnectLinkUse['as']): Promise<void> {
    const linkHash = createHash('sha256').update(id).digest('base64url')
    const use: ConnectLinkUse = { linkHash, expiresAtMs, as }
    const result = await this.#calls.updateWithStart<ConnectLinkResult>(
      ref,
      TOKEN_UPDATES.connectLink,
      use,
    )
    if (result.outcome === 'refused')
      throw new TokenkeeperError(result.code, result.message, formatConnection(ref))
  }
}

function toCipherKey(key: SecretText): Uint8Array {
  const text = key instanceof Secret ? key.reveal() : key
  if (text.length < LEAST_LINK_KEY)
    throw new TypeError(`A key of connectLinks must have at least ${LEAST_LINK_KEY} characters`)
  return createHash('sha256').update(`${KEY_CONTEXT}\n${text}`).digest()
}

/** What this code made and nobody could change: its form is known. */
function readLink(payload: Readonly<Record<string, unknown>>): OpenedConnectLink | undefined {
  const { connection, jti, exp, details, ...rest } = payload
  const ref = parseConnection(connection)
  if (ref === undefined || typeof jti !== 'string' || typeof exp !== 'number') return undefined
  const said = isRecord(details) ? (details as ConnectionDetails) : {}
  return {
    ...(rest as Partial<ConnectLinkOptions>),
    ...said,
    ref,
    id: jti,
    expiresAtMs: exp * 1000,
  }
}
