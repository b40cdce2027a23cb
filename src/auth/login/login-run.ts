import { expandTemplate } from '../../definition/variables.js'
import type { MintContext, OutgoingRequest, SecretFields } from '../kind/auth-kind.js'
import type { LoginCookies } from './cookie-jar.js'
import type { LoginUrlParts } from './fill-request.js'
import type { LoginFlowAuth } from './login-definition.js'
import { putToken } from './put-token.js'
import type { RunContext } from './run-steps.js'
import { UnusableValue } from './templates.js'

type Given = Pick<
  MintContext<LoginFlowAuth>,
  'auth' | 'variables' | 'rules' | 'baseUrl' | 'exchangeOnce' | 'now'
>

/** What the requests of one login, or of one within a session, share. */
export function toRun(context: Given, cookies: LoginCookies): RunContext {
  const { exchangeOnce, now } = context
  return { exchangeOnce, now, cookies, urlParts: loginUrlParts(context), startedAtMs: now() }
}

/** The same, with the token of the session on each request. */
export function toSessionRun(
  context: Given,
  cookies: LoginCookies,
  token: SecretFields,
): RunContext {
  const { auth, now } = context
  const authorize = (request: OutgoingRequest): OutgoingRequest => {
    try {
      return putToken(request, token, auth, now())
    } catch {
      throw new UnusableValue('token', 'the session', 'can not be put on it')
    }
  }
  return { ...toRun(context, cookies), authorize }
}

function loginUrlParts({ auth, variables, rules, baseUrl }: Given): LoginUrlParts {
  const requests = [...auth.steps, auth.keepAlive, auth.logout].filter((one) => one !== undefined)
  const own = requests.map(({ url }) => {
    // Only the origin counts: taken values stand behind it.
    const origin = /^https?:\/\/[^/?]+|^\{\w+\}(?=\/|$)/.exec(url)?.[0]
    return origin === undefined ? undefined : expandTemplate(origin, variables, rules)
  })
  const urls = [...own, baseUrl].filter((url) => url !== undefined && URL.canParse(url))
  return {
    variables,
    rules,
    hosts: auth.hosts ?? [],
    origins: new Set(urls.map((url) => new URL(url ?? '').origin)),
    baseUrl,
  }
}
