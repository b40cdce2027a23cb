import type { Context } from 'hono'
import type { ConnectForm } from '../../contract/connect-form.js'
import { toPlain } from '../../contract/foreign-text.js'
import { sendConnectPage } from './connect-layout.js'
import { brandOf, type ConnectSite, resultUrl, type Visit } from './connect-site.js'

/** Tells the result here, or sends the person back to the application with it. */
export async function sendResult(
  c: Context,
  site: ConnectSite,
  { link }: Visit,
  form: Pick<ConnectForm, 'name' | 'connection'>,
  result: 'connected' | 'under_way',
): Promise<Response> {
  const url = resultUrl(link, { result })
  // Browsers hold the redirects of a form to `form-action`, and nobody knows where the application leads on.
  if (url !== undefined && c.req.method === 'GET') return c.redirect(url, 303)
  const brand = brandOf(site, link)
  const values = { name: toPlain(form.name, 100), connection: form.connection }
  const [title, text] =
    result === 'connected'
      ? (['connectedTitle', 'connected'] as const)
      : (['underWayTitle', 'underWay'] as const)
  return await sendConnectPage(c, site.place, brand, {
    title: brand.text(title, values),
    onTo: url,
    body: (
      <>
        <p class={result === 'connected' ? 'done' : 'notice'} role="status">
          {brand.text(text, values)}
        </p>
        {url !== undefined && (
          <p>
            <a class="button primary" href={url}>
              {brand.text('back')}
            </a>
          </p>
        )}
      </>
    ),
  })
}
