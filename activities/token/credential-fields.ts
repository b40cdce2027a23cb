import { Secret } from '../../src/sealing/secret.js'
import type { AuthDefinition } from '../../src/connectors/auth/registry.js'
import type { SecretFields } from '../auth/auth-kind.js'
import { authKindOf } from '../auth/registry.js'
import { parseFields, parseObject } from './sealed-fields.js'

export type CredentialFields =
  | { readonly ok: true; readonly fields: SecretFields }
  | { readonly ok: false; readonly problem: string }

/**
 * Reads what an operator gave: a JSON object of the kind's fields, or the one text that the kind
 * takes. Problems never repeat a value or a name that came in.
 */
export function credentialFields(given: Secret, auth: AuthDefinition): CredentialFields {
  const kind = authKindOf(auth)
  const text = new Secret(given.reveal().replace(/\r?\n$/, ''))
  const wanted = `the kind ${kind.kind} takes the fields ${kind.fields.join(', ')} as a JSON object of texts, or one text`
  if (text.reveal() === '') return { ok: false, problem: `it is empty; ${wanted}` }
  const isObject = parseObject(text.reveal()) !== undefined
  const fields = isObject ? parseFields(text) : kind.fieldsOfText(text)
  if (fields === undefined) return { ok: false, problem: `a field is no text; ${wanted}` }
  if (Object.keys(fields).some((name) => !kind.fields.includes(name)))
    return { ok: false, problem: `it has a field that is not known; ${wanted}` }
  const empty = kind.fields.find((name) => fields[name]?.reveal() === '')
  if (empty !== undefined && empty !== 'password')
    return { ok: false, problem: `the field ${empty} is empty` }
  const problem = kind.checkFields(fields, auth)
  return problem === undefined ? { ok: true, fields } : { ok: false, problem }
}
