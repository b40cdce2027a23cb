import { createFailure } from '../../contract/failure.js'
import type { Secret } from '../../sealing/secret.js'
import type { OutgoingRequest, SecretFields } from '../kind/auth-kind.js'
import { neededField } from '../kind/static-token.js'
import { withCookie, withHeader, withQueryParameter } from '../kind/put-on-request.js'
import { LoginCookies } from './cookie-jar.js'
import type { LoginFlowAuth } from './login-definition.js'
import { tokenNames } from './login-names.js'
import { COOKIES_FIELD } from './login-session.js'
import { asIs, fillText } from './templates.js'

/**
 * Puts a session onto a request: headers, query parameters, and the cookies that may go to its URL.
 * @throws ApplicationFailure `InvalidInput` where a part is missing or can't stand there
 */
export function putToken(
  request: OutgoingRequest,
  token: SecretFields,
  { token: templates }: Pick<LoginFlowAuth, 'token'>,
  nowMs: number,
): OutgoingRequest {
  const names = tokenNames({ token: templates })
  const values = new Map(names.map((name) => [name, neededField(token, name).reveal()]))
  let ready = request
  for (const [name, template] of Object.entries(templates.query ?? {}))
    ready = withQueryParameter(ready, name, fillText(template, name, values, asIs))
  for (const [name, template] of Object.entries(templates.headers ?? {}))
    ready = withHeader(ready, name, fillText(template, name, values, asIs))
  return templates.cookies === undefined
    ? ready
    : withCookies(ready, token, templates.cookies, nowMs)
}

function withCookies(
  request: OutgoingRequest,
  token: SecretFields,
  names: 'all' | readonly string[],
  nowMs: number,
): OutgoingRequest {
  // Opened once a lease, not once a request.
  const cookies = neededField(token, COOKIES_FIELD)
    .derive(openCookies)
    .for(request.url.href, nowMs, names)
  if (cookies.length > 0)
    return names === 'all'
      ? withHeader(request, 'cookie', cookies.map(([name, value]) => `${name}=${value}`).join('; '))
      : cookies.reduce((ready, [name, value]) => withCookie(ready, name, value), request)
  throw createFailure(
    'InvalidInput',
    `No cookie of the session may go to ${request.url.host} at this path, by the domain, path or end that its login gave it: look at the connector's base URL and at token.cookies of its auth.`,
  )
}

function openCookies(field: Secret): LoginCookies {
  const cookies = LoginCookies.opened(field)
  if (cookies === undefined)
    throw createFailure(
      'InvalidInput',
      'The session holds no cookies that can be read: connect again.',
    )
  return cookies
}
