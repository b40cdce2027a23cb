import type { Sealed, SealPurpose } from '../../src/contract/sealed.js'
import { parseJson } from '../../src/wire/json.js'
import { createFailure } from '../../src/contract/failure.js'
import type { Keyring } from '../../src/sealing/keyring.js'
import { Secret } from '../../src/sealing/secret.js'
import type { SecretFields } from '../../src/auth/kind/auth-kind.js'
import { scalarText } from '../../src/wire/exact-number.js'
import { atPath } from '../../src/definition/at-path.js'
import {
  isVariableValue,
  type VariableRules,
  type VariableValues,
} from '../../src/definition/variables.js'

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

/** A keyed hash of a grant, by which it is recognised. */
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

/** Values of the connector's variables lie beside the fields of a sealed grant or token, under this. */
const MARK = '$'

export interface SplitFields {
  /** What the kind of authentication gets. */
  readonly fields: SecretFields
  /** `account` among them. */
  readonly variables: VariableValues
}

/** Separates a kind's fields from the values of variables. */
export function splitFields(opened: SecretFields, account: string): SplitFields {
  const entries = Object.entries(opened)
  const values = entries.filter(([name]) => name.startsWith(MARK))
  return {
    fields: Object.fromEntries(entries.filter(([name]) => !name.startsWith(MARK))),
    variables: {
      ...Object.fromEntries(values.map(([name, value]) => [name.slice(1), value.reveal()])),
      account,
    },
  }
}

/** Puts the values of variables (but the account, which is no value of the grant) beside a kind's fields. */
export function joinFields(fields: SecretFields, variables: VariableValues): SecretFields {
  const values = Object.entries(variables)
    .filter(([name]) => name !== 'account')
    .map(([name, value]) => [`${MARK}${name}`, new Secret(value)] as const)
  return values.length === 0 ? fields : { ...fields, ...Object.fromEntries(values) }
}

/**
 * The values that a token answer names, beside those that were known. One that is missing or may not
 * stand there leaves the old one: a new token must never be lost for it.
 */
export function withAnswered(
  variables: VariableValues,
  rules: VariableRules,
  answer: unknown,
): VariableValues {
  const answered = Object.entries(rules)
    .filter(([, rule]) => rule.from === 'answer')
    .map(([name, rule]) => [name, answeredText(atPath(answer, rule.path ?? name))] as const)
    .filter(([name, value]) => {
      const rule = rules[name]
      return rule !== undefined && value !== undefined && isVariableValue(rule, value)
    })
  return answered.length === 0
    ? variables
    : { ...variables, ...(Object.fromEntries(answered) as VariableValues) }
}

function answeredText(value: unknown): string | undefined {
  return typeof value === 'string' ? value.replace(/\/$/, '') : scalarText(value)
}
