import type { LoginFlowAuth, LoginRequest } from './login-definition.js'
import {
  requestNames,
  requestTemplates,
  takenNames,
  templatesAt,
  tokenNames,
} from './login-names.js'
import { leadingName, namesIn } from './templates.js'

const LATER = 'which only a later answer gives'

export interface FlowProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** What is wrong with the names of a flow: unknown, too early, twice, or never used. */
export function nameProblems(auth: LoginFlowAuth): readonly FlowProblem[] {
  return [...duplicates(auth), ...lateNames(auth), ...unknownPlain(auth), ...unused(auth)]
}

function duplicates(auth: LoginFlowAuth): FlowProblem[] {
  const values: (readonly [string, FlowProblem['path']])[] = [
    ...auth.credential.map((name, index) => [name, ['credential', index]] as const),
    ...Object.keys(auth.secrets ?? {}).map((name) => [name, ['secrets', name]] as const),
    ...auth.steps.flatMap(({ take = {} }, index) =>
      Object.keys(take).map((name) => [name, ['steps', index, 'take', name]] as const),
    ),
  ]
  const steps = auth.steps.map(({ name }, index) => [name, ['steps', index, 'name']] as const)
  return [
    ...twice(values, 'is the name of another value already'),
    ...twice(steps, 'is the name of another step already'),
  ]
}

function twice(
  named: readonly (readonly [name: string, path: FlowProblem['path']])[],
  message: string,
): FlowProblem[] {
  const first = new Map<string, number>()
  named.forEach(([name], index) => {
    if (!first.has(name)) first.set(name, index)
  })
  return named
    .filter(([name], index) => first.get(name) !== index)
    .map(([, path]) => ({ path, message }))
}

/** Walks through the requests in their order, with what is known at each. */
function lateNames(auth: LoginFlowAuth): FlowProblem[] {
  const own = ['account', ...auth.credential, ...Object.keys(auth.secrets ?? {})]
  const taken = new Set<string>()
  const problems: FlowProblem[] = []
  const all = new Set(takenNames(auth))
  // Other names may be the connector's variables: those are looked at with the whole connector.
  const check = (path: FlowProblem['path'], names: readonly string[]): void => {
    const later = names.find((name) => all.has(name) && !taken.has(name))
    if (later === undefined) return
    const known = [...own, ...taken].map((one) => `{${one}}`).join(', ')
    problems.push({ path, message: `uses {${later}}, ${LATER}: known here are ${known}` })
  }
  const checkRequest = (path: FlowProblem['path'], request: LoginRequest): void => {
    for (const template of requestTemplates(request))
      check([...path, ...template.path], template.names)
    const message = urlNameProblem(request.url, auth, taken, all)
    if (message !== undefined) problems.push({ path: [...path, 'url'], message })
  }
  auth.steps.forEach((step, index) => {
    checkRequest(['steps', index], step)
    for (const name of Object.keys(step.take ?? {})) taken.add(name)
  })
  const { headers = {}, query = {} } = auth.token
  for (const { path, names } of [
    ...templatesAt(['headers'], headers),
    ...templatesAt(['query'], query),
  ])
    check(['token', ...path], names)
  if (auth.keepAlive !== undefined) checkRequest(['keepAlive'], auth.keepAlive)
  if (auth.logout !== undefined) checkRequest(['logout'], auth.logout)
  return [...problems, ...untaken(auth, all)]
}

function urlNameProblem(
  url: string,
  { credential, plain = [], secrets = {} }: LoginFlowAuth,
  taken: ReadonlySet<string>,
  all: ReadonlySet<string>,
): string | undefined {
  const names = namesIn(url)
  const hidden = names.find(
    (name) => (credential.includes(name) && !plain.includes(name)) || Object.hasOwn(secrets, name),
  )
  if (hidden !== undefined)
    return `must not hold {${hidden}}, which is a secret: put it into query, headers or body, or name it in 'plain' if it is none`
  const later = names.find((name) => all.has(name) && !taken.has(name))
  if (later !== undefined) return `uses {${later}}, ${LATER}`
  const authority = /^https?:\/\/[^/?]*/.exec(url)?.[0] ?? ''
  const inHost = namesIn(authority).find((name) => taken.has(name) || plain.includes(name))
  return inHost === undefined
    ? undefined
    : `holds {${inHost}} in its host, where only variables of the connector may stand; a whole URL that was taken may begin it, as '{loginUrl}/path', where hosts allow it`
}

const LIFETIME_VALUE = ['lifetime', 'value']

/** What is said to be taken and is not. */
function untaken(auth: LoginFlowAuth, all: ReadonlySet<string>): FlowProblem[] {
  const { lifetime, answer = [], subject, keepAlive } = auth
  const named: (readonly [string | undefined, FlowProblem['path']])[] = [
    [lifetime !== undefined && 'value' in lifetime ? lifetime.value : undefined, LIFETIME_VALUE],
    ...answer.map((name, index) => [name, ['answer', index]] as const),
    [subject, ['subject']],
    ...Object.keys(keepAlive?.take ?? {}).map(
      (name) => [name, ['keepAlive', 'take', name]] as const,
    ),
  ]
  return named
    .filter(([name]) => name !== undefined && !all.has(name))
    .map(([name = '', path]) => ({ path, message: `names '${name}', which no step takes` }))
}

function unknownPlain({ credential, plain = [] }: LoginFlowAuth): FlowProblem[] {
  return plain
    .map((name, index) => ({ name, path: ['plain', index] }))
    .filter(({ name }) => !credential.includes(name))
    .map(({ name, path }) => ({
      path,
      message: `names '${name}', which is no field of the credential`,
    }))
}

function unused(auth: LoginFlowAuth): FlowProblem[] {
  const { lifetime, answer = [], subject, keepAlive, logout } = auth
  const requests = [...auth.steps, keepAlive, logout].filter((one) => one !== undefined)
  const used = new Set([
    ...requests.flatMap((request) => requestNames(request)),
    ...tokenNames(auth),
    ...answer,
    subject,
    lifetime !== undefined && 'value' in lifetime ? lifetime.value : undefined,
  ])
  const named: (readonly [string, FlowProblem['path']])[] = [
    ...auth.credential.map((name, index) => [name, ['credential', index]] as const),
    ...Object.keys(auth.secrets ?? {}).map((name) => [name, ['secrets', name]] as const),
    ...auth.steps.flatMap(({ take = {} }, index) =>
      Object.keys(take).map((name) => [name, ['steps', index, 'take', name]] as const),
    ),
  ]
  const problems = named
    .filter(([name]) => !used.has(name))
    .map(([name, path]) => ({ path, message: `'${name}' is never used` }))
  const leads = requests.some(({ url }) => takenNames(auth).includes(leadingName(url) ?? ''))
  return auth.hosts === undefined || leads
    ? problems
    : [...problems, { path: ['hosts'], message: 'is never read: no URL begins with a taken one' }]
}
