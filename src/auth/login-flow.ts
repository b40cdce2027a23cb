import * as z from 'zod'
import type { AuthKind } from './auth-kind.js'
import { nameProblems } from './login/check-flow.js'
import { ruleProblems } from './login/check-rules.js'
import { endSession } from './login/end-session.js'
import { mintSession } from './login/log-in.js'
import type { LoginFlowAuth } from './login/login-definition.js'
import { LOGIN_EXAMPLES } from './login/login-examples.js'
import { checkLoginFields } from './login/check-fields.js'
import { loginFlowShape } from './login/login-schema.js'
import { loginTemplates, loginUrls } from './login/login-urls.js'
import { putToken } from './login/put-token.js'

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
