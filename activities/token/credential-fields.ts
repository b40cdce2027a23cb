import { Secret } from '../../src/sealing/secret.js'
import type { AuthKind, AuthLike, SecretFields } from '../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import type { Connector } from '../../src/connectors/connector.js'
import { isVariableValue } from '../../src/definition/variables.js'
import { joinFields, parseFields, parseObject } from '../connection/sealed-fields.js'

export type CredentialFields =
  | { readonly ok: true; readonly fields: SecretFields }
  | { readonly ok: false; readonly problem: string }

/**
 * Reads what an operator gave: a JSON object of the kind's fields, or the one text that the kind
 * takes. Problems never repeat a value or a name that came in.
 */
export function credentialFields(
  given: Secret,
  { auth, variables = {} }: Pick<Connector, 'auth' | 'variables'>,
): CredentialFields {
  const kind = authKindOf<AuthLike>(auth)
  const known = kind.fields(auth)
  const asked = Object.keys(variables).filter((name) => variables[name]?.from === 'credential')
  const text = new Secret(given.reveal().replace(/\r?\n$/, ''))
  const wanted = wantedOf(kind, auth, [...known, ...asked])
  if (isBlank(text)) return { ok: false, problem: `it is empty; ${wanted}` }
  const isObject = parseObject(text.reveal()) !== undefined
  const opened = isObject ? parseFields(text) : kind.fieldsOfText(text, auth)
  if (opened === undefined)
    return {
      ok: false,
      problem: `${isObject ? 'a field is no text' : 'it is no JSON object'}; ${wanted}`,
    }
  if (Object.keys(opened).some((name) => !known.includes(name) && !asked.includes(name)))
    return { ok: false, problem: `it has a field that is not known; ${wanted}` }
  const values: Record<string, string> = {}
  for (const name of asked) {
    const value = opened[name]?.reveal()
    const rule = variables[name]
    if (value === undefined) return { ok: false, problem: `it lacks the field ${name}; ${wanted}` }
    if (rule === undefined || !isVariableValue(rule, value))
      return { ok: false, problem: `the field ${name} may not stand in a URL of the connector` }
    values[name] = value
  }
  const fields = Object.fromEntries(
    Object.entries(opened).filter(([name]) => !asked.includes(name)),
  )
  const mayBeEmpty = kind.emptyFields?.(auth) ?? []
  const empty = known.find((name) => isBlank(fields[name]) && !mayBeEmpty.includes(name))
  if (empty !== undefined)
    return { ok: false, problem: `the field ${empty} is empty, or holds nothing but spaces` }
  const problem = kind.checkFields(fields, auth)
  return problem === undefined
    ? { ok: true, fields: joinFields(fields, values) }
    : { ok: false, problem }
}

function isBlank(secret: Secret | undefined): boolean {
  return secret?.reveal().trim() === ''
}

function wantedOf(kind: AuthKind, auth: AuthLike, names: readonly string[]): string {
  if (names.length === 0) return `the kind ${kind.kind} takes nothing: give {}`
  const text = kind.fieldsOfText(new Secret('text'), auth) === undefined ? '' : ', or one text'
  return `the kind ${kind.kind} takes the fields ${names.join(', ')} as a JSON object of texts${text}`
}
