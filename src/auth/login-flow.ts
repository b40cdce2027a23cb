import * as z from 'zod'
import type { AuthKind, SecretFields } from './kind/auth-kind.js'
import { isHeaderValue } from './kind/header-value.js'
import { nameProblems } from './login/check-flow.js'
import { ruleProblems } from './login/check-rules.js'
import { endSession, mintSession } from './login/log-in.js'
import type { LoginFlowAuth, LoginRequest } from './login/login-definition.js'
import { loginFlowShape } from './login/login-schema.js'
import { putToken } from './login/put-token.js'
import { namesIn, leadingName } from './login/templates.js'
import { requestTemplates, takenNames, templatesAt } from './login/login-names.js'

/** What right looks like, by path below `auth`. */
const LOGIN_EXAMPLES: Readonly<Record<string, string>> = {
  '': `auth: loginFlow({ credential: ['username', 'password'], steps: [{ name: 'login', method: 'POST', url: '/login', body: { json: { user: '{username}', password: '{password}' } }, take: { token: { json: 'token' } } }], token: { headers: { Authorization: 'Bearer {token}' } } })`,
  credential: `credential: ['username', 'password']`,
  plain: `plain: ['username']`,
  secrets: `secrets: { appKey: secret('env:APP_KEY') }`,
  steps: `steps: [{ name: 'login', method: 'POST', url: '/login', body: { json: { user: '{username}', password: '{password}' } }, take: { token: { json: 'token' } } }]`,
  'steps.*': `{ name: 'login', method: 'POST', url: '/login', body: { json: { user: '{username}', password: '{password}' } }, take: { token: { json: 'token' } } }`,
  'steps.*.url': `url: 'https://login.example.com/{account}/session', url: '/login' or url: '{loginUrl}/token'`,
  'steps.*.headers': `headers: { 'X-App-Key': '{appKey}' }`,
  'steps.*.query': `query: { company: '{company}' }`,
  'steps.*.basic': `basic: { username: '{username}', password: '{password}' }`,
  'steps.*.body': `body: { json: { user: '{username}', password: '{password}' } } or body: { form: { user: '{username}' } }`,
  'steps.*.take': `take: { token: { json: 'data.token' }, csrf: { header: 'X-CSRF-Token' } }`,
  'steps.*.redirects': `redirects: 'same-origin'`,
  'steps.*.success': `success: [200, 302]`,
  'steps.*.failures': `failures: [{ json: { path: 'success', equals: [false] }, means: 'refused' }]`,
  token: `token: { headers: { Authorization: 'Bearer {token}' } } or token: { cookies: ['SESSIONID'] }`,
  'token.headers': `headers: { 'X-CSRF-Token': '{csrf}' }`,
  'token.cookies': `cookies: ['B1SESSION', 'ROUTEID'] or cookies: 'all'`,
  lifetime: `lifetime: { ms: 1_740_000 }, lifetime: { value: 'expiresIn', form: 'seconds' } or lifetime: { cookie: 'SESSIONID' }`,
  keepAlive: `keepAlive: { method: 'GET', url: '/ping' }, beside a lifetime`,
  logout: `logout: { method: 'POST', url: '/logout' }`,
  hosts: `hosts: ['*.example.com']`,
  answer: `answer: ['apiUrl']`,
  subject: `subject: 'userId'`,
  oneSessionPerUser: `oneSessionPerUser: true`,
  legacy: `legacy: 'password-grant'`,
  refresh: `refresh: { minRefreshGapMs: 60_000 }`,
}

/** A login of several requests as data: {@link LoginFlowAuth}. */
export function loginFlow(options: Omit<LoginFlowAuth, 'kind'>): LoginFlowAuth {
  return { kind: 'login-flow', ...options }
}

/** Consumes nothing: a password logs in again and again. A session that is kept alive lies beside it in the grant. */
export const loginFlowKind: AuthKind<LoginFlowAuth> = {
  kind: 'login-flow',
  madeBy: 'loginFlow()',
  schema: z.strictObject(loginFlowShape).superRefine((auth, context) => {
    const flow = auth as LoginFlowAuth
    for (const { path, message } of [...nameProblems(flow), ...ruleProblems(flow)])
      context.addIssue({ code: 'custom', path: [...path], message })
  }),
  examples: LOGIN_EXAMPLES,
  fields: ({ credential }) => credential,
  plainFields: ({ plain = [] }) => plain,
  fieldsOfText: (text, { credential: [only, ...others] }) =>
    only === undefined || others.length > 0 ? undefined : { [only]: text },
  checkFields: checkLoginFields,
  refreshes: () => true,
  consumesGrant: () => false,
  policy: ({ refresh, keepAlive, oneSessionPerUser = false }) => ({
    mode: keepAlive === undefined ? 'used' : 'always',
    ...refresh,
    refreshRevokesAccess: oneSessionPerUser,
  }),
  urls: loginUrls,
  templates: loginTemplates,
  carriers: ({ token: { headers = {}, query = {}, cookies } }) => ({
    headers: cookies === 'all' ? [...Object.keys(headers), 'cookie'] : Object.keys(headers),
    query: Object.keys(query),
    cookies: cookies === 'all' ? undefined : cookies,
  }),
  mint: mintSession,
  authorize: (request, token, auth, { now }) => putToken(request, token, auth, now()),
  revoke: endSession,
}

/** Says which field of a credential is missing, or can't stand where the flow puts it. */
function checkLoginFields(fields: SecretFields, auth: LoginFlowAuth): string | undefined {
  const missing = auth.credential.filter((name) => fields[name] === undefined)
  if (missing.length > 0)
    return `it lacks the field${missing.length === 1 ? '' : 's'} ${missing.join(', ')}`
  const requests = [...auth.steps, auth.keepAlive, auth.logout]
  const inHeaders = [...requests.map((request) => request?.headers), auth.token.headers]
  const broken = inHeaders
    .flatMap((headers) => namesIn(headers ?? {}))
    .find((name) => !isHeaderValue(fields[name]?.reveal() ?? ''))
  return broken === undefined
    ? undefined
    : `${broken} holds a line break, a control character or one outside latin-1, and stands in a header`
}

type Texts = Readonly<Record<string, string>>

function requestsOf(auth: LoginFlowAuth): readonly (readonly [path: string, LoginRequest])[] {
  const named: (readonly [path: string, LoginRequest | undefined])[] = [
    ...auth.steps.map((step, index) => [`steps.${index}`, step] as const),
    ['keepAlive', auth.keepAlive] as const,
    ['logout', auth.logout] as const,
  ]
  return named.filter((one): one is readonly [string, LoginRequest] => one[1] !== undefined)
}

/** The URLs of a flow for the check of the connector's variables: a word stands in for every other placeholder. */
function loginUrls(auth: LoginFlowAuth): Texts {
  const taken = takenNames(auth)
  const shown = (url: string): string => {
    const leading = leadingName(url)
    const whole =
      leading !== undefined && taken.includes(leading)
        ? `https://taken.example${url.slice(leading.length + 2)}`
        : url
    const based = whole.startsWith('/') ? `https://base.example${whole}` : whole
    return [...taken, ...(auth.plain ?? [])].reduce(
      (text, name) => text.replaceAll(`{${name}}`, 'value'),
      based,
    )
  }
  return Object.fromEntries(requestsOf(auth).map(([path, { url }]) => [`${path}.url`, shown(url)]))
}

/** The names in other texts that are not the flow's own: they have to be the connector's variables. */
function loginTemplates(auth: LoginFlowAuth): Texts {
  const own = new Set([...auth.credential, ...Object.keys(auth.secrets ?? {}), ...takenNames(auth)])
  const { headers = {}, query = {} } = auth.token
  const all = [
    ...requestsOf(auth).flatMap(([path, request]) =>
      requestTemplates(request).map((one) => ({ ...one, path: [path, ...one.path] })),
    ),
    ...templatesAt(['token', 'headers'], headers),
    ...templatesAt(['token', 'query'], query),
  ]
  return Object.fromEntries(
    all.map(({ path, names }) => [
      path.join('.'),
      names
        .filter((name) => !own.has(name))
        .map((name) => `{${name}}`)
        .join(''),
    ]),
  )
}
