import type { Sealed, SealPurpose } from '../../src/contract/sealed.js'
import { parseJson } from '../../src/wire/json.js'
import { createFailure } from '../../src/contract/failure.js'
import type { Keyring } from '../../src/sealing/keyring.js'
import { Secret } from '../../src/sealing/secret.js'
import type { SecretFields } from '../../src/auth/auth-kind.js'

interface Binding {
  readonly connection: string
  readonly purpose: Extract<SealPurpose, 'grant' | 'token'>
}

/** Seals the fields of a grant or token as one value. */
export async function sealFields(
  keyring: Keyring,
  fields: SecretFields,
  binding: Binding,
): Promise<Sealed> {
  return await keyring.seal(fieldsText(fields), binding)
}

/**
 * Opens what {@link sealFields} has sealed.
 * @throws ApplicationFailure `NoKeyHere`, `KeyMissing`, `SealInvalid`
 */
export async function openFields(
  keyring: Pick<Keyring, 'open'>,
  sealed: Sealed,
  binding: Binding,
): Promise<SecretFields> {
  const fields = parseFields(await keyring.open(sealed, binding))
  if (fields !== undefined) return fields
  const { connection, purpose } = binding
  throw createFailure('SealInvalid', `The ${purpose} of ${connection} holds no fields.`, {
    connection,
  })
}

/** A keyed hash of a grant, to tell one from the next. */
export function grantFingerprint(
  keyring: Pick<Keyring, 'fingerprint'>,
  fields: SecretFields,
): string {
  return keyring.fingerprint(fieldsText(fields))
}

/** Whether two grants are one. */
export function sameFields(one: SecretFields, other: SecretFields): boolean {
  return fieldsText(one).reveal() === fieldsText(other).reveal()
}

/** The fields of a JSON object of texts; undefined for any other text. */
export function parseFields(text: Secret): SecretFields | undefined {
  const parsed = parseObject(text.reveal())
  if (parsed === undefined || !parsed.every(hasText)) return undefined
  return Object.fromEntries(parsed.map(([name, value]) => [name, new Secret(value)]))
}

/** The members of a JSON object; undefined where a text is none. */
export function parseObject(text: string): readonly [string, unknown][] | undefined {
  try {
    const parsed: unknown = parseJson(text)
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    return isObject ? Object.entries(parsed) : undefined
  } catch {
    return undefined
  }
}

function hasText(entry: readonly [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string'
}

/** The same text for the same fields, in whatever order they came. */
export function fieldsText(fields: SecretFields): Secret {
  const names = Object.keys(fields).sort()
  return new Secret(
    JSON.stringify(Object.fromEntries(names.map((name) => [name, fields[name]?.reveal()]))),
  )
}
