import type { FlowProblem } from './check-flow.js'
import { parametersOf } from '../../definition/plain-secret.js'
import type { LoginFlowAuth, LoginRequest } from './login-definition.js'
import { carriesOf, takenNames, tokenNames } from './login-names.js'
import { namedTexts, plainSecretProblems } from './plain-secrets.js'

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
