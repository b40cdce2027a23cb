import type { Context } from 'hono'
import type { OpenedConnectLink } from '../../client/connect-links.js'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import { failurePage } from '../../web/failure-page.js'
import { pathOf } from '../site/console-site.js'
import type { ConnectTexts } from './connect-pages-options.js'
import { sendConnectPage } from './connect-layout.js'
import { brandOf, type ConnectSite, resultUrl, subjectOfLink } from './connect-site.js'

/** Ends of a link itself: nothing can be tried again with it. */
const LINK_ENDS: Readonly<
  Record<
    string,
    {
      readonly status: 404 | 409 | 410 | 429
      readonly title: keyof ConnectTexts
      readonly text: keyof ConnectTexts
    }
  >
> = {
  LinkUsed: { status: 409, title: 'usedTitle', text: 'used' },
  LinkExpired: { status: 410, title: 'expiredTitle', text: 'expired' },
  LinkInvalid: { status: 404, title: 'invalidTitle', text: 'invalid' },
  TooManyTries: { status: 429, title: 'tooManyTitle', text: 'tooMany' },
}

/** Whether a link is over with this. */
export function endsLink(error: unknown): boolean {
  return error instanceof TokenkeeperError && Object.hasOwn(LINK_ENDS, error.code)
}

const UNDER_WAY = ['StillTrying', 'RateLimited', 'NoAnswer']

/** Whether a credential is kept and tried by itself, or may be: the link that brought it has done its work. */
export function isUnderWay(error: unknown): boolean {
  return error instanceof TokenkeeperError && UNDER_WAY.includes(error.code)
}

/** The page for what did not work: what happened, and what the person does next. */
export async function sendFailure(
  c: Context,
  site: ConnectSite,
  error: unknown,
  visit?: { readonly link: OpenedConnectLink; readonly token: string },
): Promise<Response> {
  const link = visit?.link
  site.onFailed?.(error, link && subjectOfLink(link))
  const brand = brandOf(site, link)
  const code = error instanceof TokenkeeperError ? error.code : 'Unexpected'
  const back = link && resultUrl(link, { result: 'failed', code })
  const backLink = back !== undefined && (
    <p>
      <a href={back}>{brand.text('back')}</a>
    </p>
  )
  const end = Object.hasOwn(LINK_ENDS, code) ? LINK_ENDS[code] : undefined
  if (end !== undefined)
    return await sendConnectPage(c, site.place, brand, {
      title: brand.text(end.title),
      status: end.status,
      body: (
        <>
          <p>{brand.text(end.text)}</p>
          {backLink}
        </>
      ),
    })
  const {
    title,
    status,
    text,
    links = [],
  } = failurePage(error, visit === undefined ? undefined : pathOf(site, `/${visit.token}`))
  return await sendConnectPage(c, site.place, brand, {
    title,
    status,
    body: (
      <>
        {text.map((line) => (
          <p>{line}</p>
        ))}
        {links.map(({ url }) => (
          <p>
            <a class="button primary" href={url}>
              {brand.text('tryAgain')}
            </a>
          </p>
        ))}
        {backLink}
        <p class="quiet small">
          Code: <code>{/^[\w.-]{1,64}$/.test(code) ? code : 'unknown'}</code>
        </p>
      </>
    ),
  })
}
