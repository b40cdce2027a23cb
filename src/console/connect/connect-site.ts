import type { Context } from 'hono'
import type { OpenedConnectLink } from '../../client/connect-links.js'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import type { Actor } from '../../contract/actor.js'
import { formatConnection } from '../../contract/connection-ref.js'
import { cutText } from '../../contract/outside-values.js'
import type { BindingCookies } from '../../web/binding-cookies.js'
import type { PublicUrl } from '../../web/public-url.js'
import { type Brand, readBrand } from './brand.js'
import type { ConnectPagesOptions, ConnectSubject } from './connect-pages-options.js'

/** What every connect page knows. */
export interface ConnectSite extends ConnectPagesOptions {
  readonly place: PublicUrl
  readonly cookies: BindingCookies
}

/** A link that was opened, with the address that it was opened at. */
export interface Visit {
  readonly link: OpenedConnectLink
  readonly token: string
}

export function subjectOfLink({ ref, owner, tags }: OpenedConnectLink): ConnectSubject {
  return { connection: formatConnection(ref), owner, tags }
}

export function brandOf({ brand, place }: ConnectSite, link: OpenedConnectLink | undefined): Brand {
  const chosen = typeof brand === 'function' ? brand(link && subjectOfLink(link)) : brand
  return readBrand(chosen, place)
}

/** Who stands in the life story: whom the link was made for is a claim of who made it. */
export function actorOfLink({ person }: OpenedConnectLink): Actor {
  const name = (person ?? '').replace(/[\p{Cc}\p{Cf}]/gu, ' ').trim()
  return { name: name === '' ? 'whoever had the link' : cutText(name, 200), via: 'connect page' }
}

/** The options that a link carries, for consent and for the form alike. */
export function optionsOfLink(link: OpenedConnectLink) {
  const { tags, owner, description, metadata, allowOtherAccount } = link
  return { tags, owner, description, metadata, allowOtherAccount, actor: actorOfLink(link) }
}

/** Where the browser takes the result to the application; undefined where the link names no address. */
export function resultUrl(
  { redirectUrl, ref }: OpenedConnectLink,
  result: { readonly result: 'connected' | 'failed' | 'under_way'; readonly code?: string },
): string | undefined {
  if (redirectUrl === undefined) return undefined
  const url = new URL(redirectUrl)
  url.searchParams.set('result', result.result)
  url.searchParams.set('connection', formatConnection(ref))
  if (result.code !== undefined && /^[\w.-]{1,64}$/.test(result.code))
    url.searchParams.set('code', result.code)
  return url.href
}

/** Tells the application, and never stops the person. */
export async function tellConnected(
  { onConnected, onFailed }: ConnectSite,
  link: OpenedConnectLink,
  keeper: Pick<TokenkeeperClient, 'status'>,
): Promise<void> {
  if (onConnected === undefined) return
  try {
    const { connector, account } = link.ref
    await onConnected(await keeper.status(connector, account), subjectOfLink(link))
  } catch (error) {
    onFailed?.(error, subjectOfLink(link))
  }
}

/** HEAD and what a browser fetches ahead change nothing. */
export function isNoVisit(c: Context): boolean {
  return c.req.method === 'HEAD' || c.req.header('sec-purpose')?.startsWith('prefetch') === true
}
