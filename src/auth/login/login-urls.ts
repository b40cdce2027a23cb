import type { LoginFlowAuth, LoginRequest } from './login-definition.js'
import { requestTemplates, takenNames, templatesAt } from './login-names.js'
import { leadingName } from './templates.js'

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
export function loginUrls(auth: LoginFlowAuth): Texts {
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
export function loginTemplates(auth: LoginFlowAuth): Texts {
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
