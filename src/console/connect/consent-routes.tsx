import { createHash } from 'node:crypto'
import type { Context, Handler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import { parseState } from '../../client/authorization-state.js'
import type { ConnectForm } from '../../contract/connect-form.js'
import { type ConnectionRef, formatConnection } from '../../contract/connection-ref.js'
import { toPlain } from '../../contract/foreign-text.js'
import { makeRoom } from '../../web/binding-cookies.js'
import { authorizationRefused, beginFailure } from '../../web/route.js'
import { isUnderWay, sendFailure } from './connect-failure.js'
import { sendConnectPage } from './connect-layout.js'
import { sendResult } from './connect-result.js'
import {
  brandOf,
  type ConnectSite,
  isNoVisit,
  optionsOfLink,
  subjectOfLink,
  tellConnected,
  type Visit,
} from './connect-site.js'

const CALLBACK = '/callback'
const MAX_AGE_SECONDS = 3600
const MAX_QUERY = 8192
/** How many consents one browser may have under way: links are long, and servers take 16 KiB of headers. */
const MAX_LINKS = 3

/** The redirect URI that is registered with the provider: `<url of the links>/callback`. */
function redirectUriOf({ place }: ConnectSite): string {
  return `${place.base}${CALLBACK}`
}

/** Begins an authorization and sends the browser to the provider. The link is spent when it comes back. */
export async function beginConsent(
  c: Context,
  site: ConnectSite,
  { link, token }: Visit,
  form: ConnectForm,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  const { keeper, place, cookies } = site
  await keeper.connectLinks.use(link, 'look')
  const { connector, account } = link.ref
  const variables = { ...fields, ...link.variables }
  const { url, state, binding } = await keeper
    .beginAuthorization(connector, account, {
      ...optionsOfLink(link),
      redirectUri: redirectUriOf(site),
      scope: link.scope,
      variables: Object.keys(variables).length === 0 ? undefined : variables,
    })
    .catch((error: unknown) => {
      throw beginFailure(error)
    })
  cookies.set(c, state, binding)
  const options = linkCookieOptions(site)
  makeRoom(c, linkCookiePrefix(site), { max: MAX_LINKS, options })
  setCookie(c, linkCookie(site, link.ref), token, options)
  const brand = brandOf(site, link)
  const leaving = brand.text('leaving', { name: toPlain(form.name, 100) })
  // No redirect: browsers hold the redirects of a form to `form-action`.
  return await sendConnectPage(c, place, brand, {
    title: leaving,
    onTo: url,
    body: (
      <p>
        <a class="button primary" href={url}>
          {brand.text('consentButton', { name: toPlain(form.name, 100) })}
        </a>
      </p>
    ),
  })
}

/** `GET /callback`: takes the browser back, spends the link and completes the authorization, once. */
export function consentCallback(site: ConnectSite): Handler {
  return async (c) => {
    if (isNoVisit(c)) return c.body(null, c.req.method === 'HEAD' ? 200 : 503)
    const { keeper } = site
    const { search, searchParams } = new URL(c.req.url)
    let visit: Visit | undefined
    try {
      const names = [...searchParams.keys()]
      const state = searchParams.get('state') ?? ''
      const ref = parseState(state)?.ref
      if (ref === undefined || search.length > MAX_QUERY || new Set(names).size < names.length)
        throw authorizationRefused('AuthorizationStateUnknown')
      const binding = site.cookies.read(c, state)
      const token = getCookie(c, linkCookie(site, ref))
      if (binding === undefined || token === undefined)
        throw authorizationRefused('AuthorizationOfSomeoneElse', ref)
      const link = await keeper.connectLinks.open(token, { inTime: true })
      if (formatConnection(link.ref) !== formatConnection(ref))
        throw authorizationRefused('AuthorizationOfSomeoneElse', ref)
      visit = { link, token }
      await keeper.connectLinks.use(link, 'spend')
      const result = await complete(site, visit, () =>
        keeper.completeAuthorization({
          callback: searchParams,
          binding,
          redirectUri: redirectUriOf(site),
        }),
      )
      site.cookies.end(c, state)
      if (result === 'connected') await tellConnected(site, link, keeper)
      const form = await keeper.connectLinks
        .form(ref)
        .catch(() => ({ name: ref.connector, connection: formatConnection(ref) }))
      return await sendResult(c, site, visit, form, result)
    } catch (error) {
      return await sendFailure(c, site, error, visit)
    }
  }
}

/** Gives the link back where nothing comes of it, so that the person can try again. */
async function complete(
  { keeper, onFailed }: ConnectSite,
  { link }: Visit,
  work: () => Promise<unknown>,
): Promise<'connected' | 'under_way'> {
  try {
    await work()
    return 'connected'
  } catch (error) {
    if (isUnderWay(error)) return 'under_way'
    await keeper.connectLinks.use(link, 'release').catch((failed: unknown) => {
      onFailed?.(failed, subjectOfLink(link))
    })
    throw error
  }
}

/** The link that this browser began with, by the connection: it is no part of the callback's address. */
function linkCookie(site: ConnectSite, ref: ConnectionRef): string {
  const id = createHash('sha256').update(formatConnection(ref)).digest('base64url').slice(0, 12)
  return `${linkCookiePrefix(site)}${id}`
}

function linkCookiePrefix({ place }: ConnectSite): string {
  return `${place.secure ? '__Host-' : ''}tokenkeeper-link-`
}

function linkCookieOptions({ place: { secure, basePath } }: ConnectSite): CookieOptions {
  const path = secure || basePath === '' ? '/' : basePath
  return { path, httpOnly: true, secure, sameSite: 'Lax', maxAge: MAX_AGE_SECONDS }
}
