import type { Context, Handler } from 'hono'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import type { ConnectForm } from '../../contract/connect-form.js'
import { toPlain } from '../../contract/foreign-text.js'
import { pathOf } from '../site/console-site.js'
import { beginConsent } from './consent-routes.js'
import { sendFailure, endsLink, isUnderWay } from './connect-failure.js'
import { askedFields, enteredFields, Field } from './connect-form-view.js'
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

/** `GET /<link>`: what is asked for, and by whom. Nothing is used up by looking: programs open links in mails. */
export function landingRoute(site: ConnectSite): Handler {
  return async (c) => {
    if (isNoVisit(c)) return c.body(null, 200)
    const token = c.req.param('link') ?? ''
    let visit: Visit | undefined
    try {
      visit = { token, link: await site.keeper.connectLinks.open(token) }
      await site.keeper.connectLinks.use(visit.link, 'look')
      const form = await site.keeper.connectLinks.form(visit.link.ref)
      return await sendLanding(c, site, visit, form)
    } catch (error) {
      return await sendFailure(c, site, error, visit)
    }
  }
}

/** `POST /<link>`: takes what was entered, or goes on to the provider. */
export function submitRoute(site: ConnectSite): Handler {
  return async (c) => {
    const token = c.req.param('link') ?? ''
    let visit: Visit | undefined
    try {
      visit = { token, link: await site.keeper.connectLinks.open(token) }
      const form = await site.keeper.connectLinks.form(visit.link.ref)
      const body = await c.req.parseBody()
      const fields = enteredFields(askedFields(form, visit.link), body)
      return form.by === 'browser'
        ? await connectByConsent(c, site, visit, form, fields)
        : await connectByForm(c, site, visit, form, fields)
    } catch (error) {
      return await sendFailure(c, site, error, visit)
    }
  }
}

async function connectByConsent(
  c: Context,
  site: ConnectSite,
  visit: Visit,
  form: ConnectForm,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  try {
    return await beginConsent(c, site, visit, form, fields)
  } catch (error) {
    const isAboutFields = error instanceof TokenkeeperError && error.code === 'InvalidInput'
    // What the link itself brings can't be mended by who opens it.
    if (!isAboutFields || askedFields(form, visit.link).length === 0) throw error
    site.onFailed?.(error, subjectOfLink(visit.link))
    return await sendLanding(c, site, visit, form, { error, fields })
  }
}

async function connectByForm(
  c: Context,
  site: ConnectSite,
  visit: Visit,
  form: ConnectForm,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  const { keeper } = site
  const { link } = visit
  const { connector, account } = link.ref
  // Spent first: of two that send at once, one connects.
  await keeper.connectLinks.use(link, 'spend')
  try {
    await keeper.connect(connector, account, { ...fields, ...link.variables }, optionsOfLink(link))
  } catch (error) {
    if (isUnderWay(error)) return await sendResult(c, site, visit, form, 'under_way')
    await keeper.connectLinks.use(link, 'release').catch((failed: unknown) => {
      site.onFailed?.(failed, subjectOfLink(link))
    })
    if (!isAboutCredential(error)) throw error
    site.onFailed?.(error, subjectOfLink(link))
    return await sendLanding(c, site, visit, form, { error, fields })
  }
  await tellConnected(site, link, keeper)
  return await sendResult(c, site, visit, form, 'connected')
}

/** What has nothing to do with what was entered has a page of its own. */
const NOT_THE_CREDENTIAL =
  /^(?:NoKeeperWorker|Unavailable|NoPublicKey|KeyMissing|NoKeyHere|UnknownConnector|InvalidConnection|OtherAccount|Refused|Superseded|ConnectionRevoked|Link\w+|TooManyTries)$/

function isAboutCredential(error: unknown): error is TokenkeeperError {
  return (
    error instanceof TokenkeeperError && !endsLink(error) && !NOT_THE_CREDENTIAL.test(error.code)
  )
}

interface Entered {
  readonly error: TokenkeeperError
  readonly fields: Readonly<Record<string, string>>
}

async function sendLanding(
  c: Context,
  site: ConnectSite,
  { link, token }: Visit,
  form: ConnectForm,
  before?: Entered,
): Promise<Response> {
  const brand = brandOf(site, link)
  const name = toPlain(form.name, 100)
  const text = (which: Parameters<typeof brand.text>[0]): string =>
    brand.text(which, { name, connection: form.connection, person: link.person ?? '' })
  const fields = askedFields(form, link)
  return await sendConnectPage(c, site.place, brand, {
    title: text('title'),
    status: before === undefined ? 200 : 422,
    body: (
      <>
        <p>
          {text('intro')} {form.text !== undefined && toPlain(form.text, 500)}
        </p>
        {link.person !== undefined && <p class="quiet">{text('forPerson')}</p>}
        {before !== undefined && (
          <p class="problem" id="problem" role="alert">
            {before.error.code === 'InvalidInput' ? text('incomplete') : text('refused')}{' '}
            <code>{/^[\w.-]{1,64}$/.test(before.error.code) ? before.error.code : ''}</code>
          </p>
        )}
        {form.by === 'browser' && <p>{text('consent')}</p>}
        {form.link !== undefined && (
          <p>
            <a href={form.link.url} target="_blank" rel="noopener noreferrer">
              {toPlain(form.link.label, 100)}
            </a>
          </p>
        )}
        <form method="post" action={pathOf(site, `/${token}`)}>
          {fields.map((field) => (
            <Field
              field={field}
              brand={brand}
              value={before?.fields[field.name]}
              isWrong={before !== undefined}
            />
          ))}
          {fields.some(({ secret }) => secret === true) && (
            <p class="quiet small">{text('secrets')}</p>
          )}
          <button class="primary">
            {text(form.by === 'browser' ? 'consentButton' : 'formButton')}
          </button>
        </form>
      </>
    ),
  })
}
