import { isHeaderValue } from '../header-value.js'
import type { SecretFields } from '../auth-kind.js'
import type { LoginFlowAuth } from './login-definition.js'
import { namesIn } from './templates.js'

/** Says which field of a credential is missing, or can't stand where the flow puts it. */
export function checkLoginFields(fields: SecretFields, auth: LoginFlowAuth): string | undefined {
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
