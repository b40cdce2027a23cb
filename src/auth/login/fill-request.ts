import {
  expandTemplate,
  type VariableRules,
  type VariableValues,
} from '../../definition/variables.js'
import { isVariableValue } from '../../definition/variables.js'
import { addQuery } from '../../wire/query.js'
import type { ExchangeRequest } from '../kind/exchange.js'
import { isHeaderValue } from '../kind/header-value.js'
import type { LoginBody, LoginRequest } from './login-definition.js'
import {
  asIs,
  encodeSegment,
  escapeXml,
  fillJson,
  fillText,
  leadingName,
  type LoginValues,
  namesIn,
  UnusableValue,
  withoutControl,
} from './templates.js'

/** What URLs of a login may be made of, beside taken values. */
export interface LoginUrlParts {
  readonly variables: VariableValues
  readonly rules: VariableRules
  readonly baseUrl?: string | undefined
  /** As {@link LoginFlowAuth.hosts}. */
  readonly hosts: readonly string[]
  /** Origins of the definition's own URLs. */
  readonly origins: ReadonlySet<string>
}

const CLEAN = 'holds a line break, a control character or one outside latin-1'

/**
 * Makes the request of a step. Values can't get out of the place that a template gives them.
 * @throws UnusableValue where one does not fit, or leads to an origin that is not declared
 */
export function fillRequest(
  request: LoginRequest,
  values: LoginValues,
  urlParts: LoginUrlParts,
): ExchangeRequest {
  const url = new URL(fillUrl(request.url, values, urlParts))
  for (const [name, template] of Object.entries(request.query ?? {}))
    addQuery(url, name, fillText(template, `query.${name}`, values, asIs))
  const headers: Record<string, string> = {
    accept: 'application/json',
    'user-agent': 'tokenkeeper',
  }
  const filled = request.body && fillBody(request.body, values)
  if (filled !== undefined) headers['content-type'] = filled.contentType
  if (request.basic !== undefined) headers.authorization = fillBasic(request.basic, values)
  for (const [name, template] of Object.entries(request.headers ?? {}))
    headers[name.toLowerCase()] = fillHeader(template, `headers.${name}`, values)
  return {
    method: request.method,
    url: url.href,
    headers,
    body: filled?.body,
  }
}

export function fillHeader(template: string, where: string, values: LoginValues): string {
  return fillText(
    template,
    where,
    values,
    (value) => (isHeaderValue(value) ? value : undefined),
    CLEAN,
  )
}

function fillUrl(template: string, values: LoginValues, urlParts: LoginUrlParts): string {
  const segment = (text: string): string =>
    fillText(text, 'url', values, encodeSegment, 'can not stand in a URL')
  const leading = leadingName(template)
  if (leading !== undefined && values.has(leading))
    return takenUrl(leading, values, urlParts) + segment(template.slice(leading.length + 2))
  // Values of the login first: what is left are the connector's variables.
  const own = namesIn(template).filter((name) => values.has(name) && name !== 'account')
  const withValues = own.reduce(
    (text, name) => text.replaceAll(`{${name}}`, segment(`{${name}}`)),
    template,
  )
  const filled = expandTemplate(withValues, urlParts.variables, urlParts.rules)
  if (filled === undefined)
    throw new UnusableValue('url', 'variable', 'is missing, or may not stand there')
  if (!filled.startsWith('/')) return filled
  if (urlParts.baseUrl === undefined)
    throw new UnusableValue('url', 'baseUrl', 'is not known before the login: give an absolute URL')
  return urlParts.baseUrl.replace(/\/$/, '') + filled
}

/** A URL that an answer named: it may lead to declared origins only. */
function takenUrl(name: string, values: LoginValues, { hosts, origins }: LoginUrlParts): string {
  const text = String(values.get(name))
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (url === undefined || !plain) throw new UnusableValue('url', name, 'is no plain absolute URL')
  if (!origins.has(url.origin) && !isVariableValue({ form: 'origin', hosts }, url.origin))
    throw new UnusableValue(
      'url',
      name,
      'leads to an origin that the flow does not declare in hosts',
    )
  return url.href.replace(/\/$/, '')
}

function fillBasic(
  { username, password }: NonNullable<LoginRequest['basic']>,
  values: LoginValues,
): string {
  // RFC 7617 section 2: no colon in the user name, no control characters in either.
  const user = fillText(
    username,
    'basic.username',
    values,
    (value) => (value.includes(':') ? undefined : withoutControl(value)),
    'holds a colon or a control character',
  )
  const pass = fillText(
    password,
    'basic.password',
    values,
    withoutControl,
    'holds a control character',
  )
  return `Basic ${Buffer.from(`${user}:${pass}`, 'utf8').toString('base64')}`
}

function fillBody(body: LoginBody, values: LoginValues): { body: string; contentType: string } {
  if ('json' in body)
    return {
      body: JSON.stringify(fillJson(body.json, 'body.json', values)),
      contentType: 'application/json',
    }
  if ('form' in body) {
    const form = new URLSearchParams()
    for (const [name, template] of Object.entries(body.form))
      form.append(name, fillText(template, `body.form.${name}`, values, asIs))
    return { body: form.toString(), contentType: 'application/x-www-form-urlencoded' }
  }
  if ('xml' in body)
    return {
      body: fillText(body.xml, 'body.xml', values, escapeXml, 'holds a character that XML has not'),
      contentType: body.contentType ?? 'text/xml; charset=utf-8',
    }
  return {
    body: fillText(body.text, 'body.text', values, withoutControl, 'holds a control character'),
    contentType: body.contentType,
  }
}
