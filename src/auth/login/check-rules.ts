import { isPlainSecret, parametersOf, PLAIN_SECRET } from '../../definition/plain-secret.js'
import type { FlowProblem } from './check-flow.js'
import type { JsonTemplate, LoginBody, LoginFlowAuth, LoginRequest } from './login-definition.js'
import { carriesOf, takenNames, tokenNames } from './login-names.js'
import { namesIn } from './templates.js'

/** What contradicts itself in a flow, its names aside. */
export function ruleProblems(auth: LoginFlowAuth): readonly FlowProblem[] {
  return [
    ...auth.steps.flatMap((step, index) => requestProblems(step, ['steps', index])),
    ...requestProblems(auth.keepAlive, ['keepAlive']),
    ...requestProblems(auth.logout, ['logout']),
    ...tokenProblems(auth),
    ...keepAliveProblems(auth),
    ...legacyProblems(auth),
    ...plainSecretProblems(auth),
  ]
}

function requestProblems(
  request: LoginRequest | undefined,
  path: FlowProblem['path'],
): FlowProblem[] {
  if (request === undefined) return []
  const headers = Object.keys(request.headers ?? {})
  const has = (name: string): string | undefined =>
    headers.find((header) => header.toLowerCase() === name)
  const cookie = has('cookie')
  const authorization = has('authorization')
  const problems: FlowProblem[] = []
  if (request.method === 'GET' && request.body !== undefined)
    problems.push({ path: [...path, 'body'], message: 'belongs to a request that is no GET' })
  if (cookie !== undefined)
    problems.push({
      path: [...path, 'headers', cookie],
      message: 'is set by itself: the cookies of answers go along where their rules let them',
    })
  if (request.basic !== undefined && authorization !== undefined)
    problems.push({
      path: [...path, 'headers', authorization],
      message: `stands at the same place as 'basic': leave one of them out`,
    })
  return problems
}

function tokenProblems(auth: LoginFlowAuth): FlowProblem[] {
  const { headers = {}, cookies } = auth.token
  const taken = takenNames(auth)
  const problems: FlowProblem[] = []
  if (cookies === undefined && !tokenNames(auth).some((name) => taken.includes(name)))
    problems.push({
      path: ['token'],
      message: 'puts nothing of the login onto requests: it needs a taken value, or cookies',
    })
  const cookie = Object.keys(headers).find((name) => name.toLowerCase() === 'cookie')
  if (cookie !== undefined && cookies !== undefined)
    problems.push({
      path: ['token', 'headers', cookie],
      message: `stands at the same place as 'token.cookies': leave one of them out`,
    })
  return problems
}

function keepAliveProblems(auth: LoginFlowAuth): FlowProblem[] {
  const { keepAlive, lifetime, refresh } = auth
  if (keepAlive === undefined) return []
  if (carriesOf(keepAlive, auth) === 'credential')
    return [
      {
        path: ['keepAlive'],
        message: 'must not carry the credential: a refused one would be tried again by the login',
      },
    ]
  const timed =
    lifetime !== undefined ||
    keepAlive.everyMs !== undefined ||
    refresh?.defaultLifetimeMs !== undefined
  if (!timed)
    return [
      {
        path: ['keepAlive'],
        message: `is never sent without a time: give 'lifetime', or 'everyMs' here`,
      },
    ]
  if (lifetime === undefined || !('value' in lifetime) || lifetime.form !== 'jwt') return []
  return Object.hasOwn(keepAlive.take ?? {}, lifetime.value)
    ? []
    : [
        {
          path: ['keepAlive'],
          message: `can't prolong a lifetime that a JWT tells, unless it takes a new '${lifetime.value}'`,
        },
      ]
}

/** The password grant has to be named as what it is, so that it can be found. */
function legacyProblems(auth: LoginFlowAuth): FlowProblem[] {
  const index = auth.steps.findIndex((step) => isPasswordGrant(step))
  if (index >= 0 && auth.legacy !== 'password-grant')
    return [
      {
        path: ['steps', index, 'body'],
        message: `is a password grant (RFC 6749 section 4.3), which OAuth 2.1 has removed: use another grant, or say legacy: 'password-grant'`,
      },
    ]
  return index < 0 && auth.legacy !== undefined
    ? [{ path: ['legacy'], message: 'belongs to a flow with a step of grant_type password' }]
    : []
}

function isPasswordGrant({ url, body, query }: LoginRequest): boolean {
  const texts: (readonly [name: string, value: unknown])[] = [
    ...parametersOf(url.split('?').slice(1).join('?')),
    ...Object.entries(query ?? {}),
    ...namedTexts(body).map(({ name, value }) => [name, value] as const),
  ]
  return texts.some(
    ([name, value]) =>
      /^grant_?type$/i.test(name) &&
      typeof value === 'string' &&
      value.trim().toLowerCase() === 'password',
  )
}

interface NamedText {
  readonly path: readonly (string | number)[]
  readonly name: string
  readonly value: JsonTemplate
}

/** Alone in JSON they say how, not with what: `{ key: 'region', value: 'eu' }`, `{ session: 'short' }`. */
const HARMLESS_IN_JSON = new Set(['key', 'session'])
const ELEMENT = /<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>([^<>]*)<\//g
const ATTRIBUTE = /\s(?:[\w.-]+:)?([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/** Secrets that a flow holds as plain text, by where they stand. */
function plainSecretProblems(auth: LoginFlowAuth): readonly FlowProblem[] {
  const { keepAlive, logout, token } = auth
  return [
    ...auth.steps.flatMap((step, index) => inRequest(step, ['steps', index])),
    ...inRequest(keepAlive, ['keepAlive']),
    ...inRequest(logout, ['logout']),
    ...problemsIn([
      ...entries(['token', 'headers'], token.headers),
      ...entries(['token', 'query'], token.query),
    ]),
  ]
}

function inRequest(request: LoginRequest | undefined, path: FlowProblem['path']): FlowProblem[] {
  if (request === undefined) return []
  const { headers, query, basic, body } = request
  const problems = problemsIn([
    ...entries(['headers'], headers),
    ...entries(['query'], query),
    ...namedTexts(body),
  ])
  // One character is a stand-in: of an API key as the user name, the password is whatever.
  const password = basic?.password ?? ''
  if (password.length > 1 && namesIn(password).length === 0)
    problems.push({ path: ['basic', 'password'], message: PLAIN_SECRET })
  return problems.map((one) => ({ ...one, path: [...path, ...one.path] }))
}

function problemsIn(texts: readonly NamedText[]): FlowProblem[] {
  return texts
    .filter(({ name, value }) => isPlainSecret(name, value, namesIn(value).length > 0))
    .map(({ path }) => ({ path, message: PLAIN_SECRET }))
}

function entries(
  path: readonly string[],
  record: Readonly<Record<string, JsonTemplate>> = {},
): NamedText[] {
  return Object.entries(record).map(([name, value]) => ({ path: [...path, name], name, value }))
}

/** What a body says by name, as the server on the other side may read it. */
function namedTexts(body: LoginBody | undefined): NamedText[] {
  if (body === undefined) return []
  if ('form' in body) return entries(['body', 'form'], body.form)
  if ('json' in body) return inJson(['body', 'json'], body.json)
  if ('xml' in body) return at(['body', 'xml'], inXml(body.xml))
  return at(['body', 'text'], inText(body.text))
}

type NameAndText = readonly [name: string, value: string]

function at(path: readonly string[], pairs: readonly NameAndText[]): NamedText[] {
  return pairs.map(([name, value]) => ({ path, name, value }))
}

function inJson(path: readonly (string | number)[], value: JsonTemplate): NamedText[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]: [string, JsonTemplate]) => {
    const here = [...path, Array.isArray(value) ? Number(name) : name]
    if (typeof part === 'object') return inJson(here, part)
    return HARMLESS_IN_JSON.has(name) ? [] : [{ path: here, name, value: part }]
  })
}

/** Forms, JSON and XML are all written by hand as texts. */
function inText(text: string): NameAndText[] {
  const members = [...text.matchAll(/"([^"]+)"\s*:\s*"([^"]*)"/g)].map(
    ([, name = '', value = '']): NameAndText => [name, value],
  )
  const pairs = [...parametersOf(text), ...members]
  return text.includes('<') ? [...pairs, ...inXml(text)] : pairs
}

function inXml(text: string): NameAndText[] {
  const elements = [...text.matchAll(ELEMENT)].map(([, name = '', value = '']): NameAndText => [
    name,
    value,
  ])
  const attributes = [...text.matchAll(ATTRIBUTE)].map(
    ([, name = '', quoted, single]): NameAndText => [name, quoted ?? single ?? ''],
  )
  return [...elements, ...attributes]
}
