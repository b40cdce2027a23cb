import type { Carries } from './judge-answer.js'
import type { JsonTemplate, LoginFlowAuth, LoginRequest } from './login-definition.js'
import { namesIn } from './templates.js'

export interface NamedTemplate {
  /** Below the request. */
  readonly path: readonly string[]
  readonly names: readonly string[]
}

/** The templates of a request but for its URL. */
export function requestTemplates(request: LoginRequest): readonly NamedTemplate[] {
  const { headers = {}, query = {}, basic = {}, body = {} } = request
  const { contentType: _fixed, form, ...whole } = { contentType: '', form: {}, ...body }
  return [
    ...templatesAt(['headers'], headers),
    ...templatesAt(['query'], query),
    ...templatesAt(['basic'], basic),
    ...templatesAt(['body', 'form'], form),
    ...templatesAt(['body'], whole),
  ]
}

/** The templates among the members of an object. */
export function templatesAt(
  path: readonly string[],
  part: Readonly<Record<string, JsonTemplate>>,
): readonly NamedTemplate[] {
  return Object.entries(part).map(([name, template]) => ({
    path: [...path, name],
    names: namesIn(template),
  }))
}

/** Every name that a request uses, those of its URL too: the connector's variables are among them. */
export function requestNames(request: LoginRequest): string[] {
  return [...namesIn(request.url), ...requestTemplates(request).flatMap(({ names }) => names)]
}

/** The names of what goes onto each API request. */
export function tokenNames({ token }: Pick<LoginFlowAuth, 'token'>): string[] {
  return [token.headers, token.query].flatMap((part) => namesIn(part ?? {}))
}

/** The names of all that the steps take. */
export function takenNames({ steps }: Pick<LoginFlowAuth, 'steps'>): string[] {
  return steps.flatMap(({ take = {} }) => Object.keys(take))
}

export function carriesOf(
  request: LoginRequest,
  { credential, secrets = {} }: Pick<LoginFlowAuth, 'credential' | 'secrets'>,
): Carries {
  const names = requestNames(request)
  if (names.some((name) => credential.includes(name))) return 'credential'
  return names.some((name) => Object.hasOwn(secrets, name)) ? 'secret' : 'nothing'
}
