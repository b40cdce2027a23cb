import type { LoginFlowAuth, LoginRequest } from './login-definition.js'
import { leadingName } from './fill-request.js'
import { takenNames, templatesAt, templatesOf } from './login-names.js'

type Texts = Readonly<Record<string, string>>

function requestsOf(auth: LoginFlowAuth): readonly (readonly [path: string, LoginRequest])[] {
  const { keepAlive, logout } = auth
  return [
    ...auth.steps.map((step, index) => [`steps.${String(index)}`, step] as const),
    ...(keepAlive === undefined ? [] : [['keepAlive', keepAlive] as const]),
    ...(logout === undefined ? [] : [['logout', logout] as const]),
  ]
}

/** The URLs of a flow as the connector's variables see them: what is no variable stands there as a word. */
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
      templatesOf(request).map((one) => ({ ...one, path: [path, ...one.path] })),
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
