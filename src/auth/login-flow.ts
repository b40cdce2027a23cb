import * as z from 'zod'
import type { AuthKind, SecretFields } from './kind/auth-kind.js'
import { isHeaderValue } from './kind/header-value.js'
import { nameProblems } from './login/check-flow.js'
import { ruleProblems } from './login/check-rules.js'
import { endSession, mintSession } from './login/log-in.js'
import type { LoginFlowAuth } from './login/login-definition.js'
import { LOGIN_EXAMPLES } from './login/login-examples.js'
import { loginFlowShape } from './login/login-schema.js'
import { loginTemplates, loginUrls } from './login/login-urls.js'
import { putToken } from './login/put-token.js'
import { namesIn } from './login/templates.js'

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
  policy: ({ refresh, oneSessionPerUser }) =>
    oneSessionPerUser === true ? { ...refresh, refreshRevokesAccess: true } : { ...refresh },
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
