import { isPlainSecret, parametersOf, PLAIN_SECRET } from '../../definition/plain-secret.js'
import type { FlowProblem } from './check-flow.js'
import type { JsonTemplate, LoginBody, LoginFlowAuth, LoginRequest } from './login-definition.js'
import { namesIn } from './templates.js'

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
export function plainSecretProblems(auth: LoginFlowAuth): readonly FlowProblem[] {
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
export function namedTexts(body: LoginBody | undefined): NamedText[] {
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
