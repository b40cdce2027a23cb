import { scalarText } from '../../src/wire/exact-number.js'
import { Secret } from '../../src/sealing/secret.js'
import { atPath } from '../../src/definition/at-path.js'
import {
  isVariableValue,
  type VariableRules,
  type VariableValues,
} from '../../src/definition/variables.js'
import type { SecretFields } from '../../src/auth/auth-kind.js'

/** Values of the connector's variables lie beside the fields of a sealed grant or token, under this. */
const MARK = '$'

export interface SplitFields {
  /** What the kind of authentication gets. */
  readonly fields: SecretFields
  /** `account` among them. */
  readonly variables: VariableValues
}

/** Tells a kind's fields from the values of variables. */
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
    .map(([name, rule]) => [name, toText(atPath(answer, rule.path ?? name))] as const)
    .filter(([name, value]) => {
      const rule = rules[name]
      return rule !== undefined && value !== undefined && isVariableValue(rule, value)
    })
  return answered.length === 0
    ? variables
    : { ...variables, ...(Object.fromEntries(answered) as VariableValues) }
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value.replace(/\/$/, '') : scalarText(value)
}
