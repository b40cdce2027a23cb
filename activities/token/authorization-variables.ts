import type { Connector } from '../../src/connectors/connector.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { isVariableValue, type VariableValues } from '../../src/definition/variables.js'
import type { Keeper } from '../keeper.js'
import { splitFields } from './connection-variables.js'
import { openFields } from './sealed-fields.js'

/** The connector's variables that come with the credential. */
export function askedVariables({ variables = {} }: Pick<Connector, 'variables'>): string[] {
  return Object.keys(variables).filter((name) => variables[name]?.from === 'credential')
}

/**
 * The values that an authorization names, and for what it does not name those of the grant of before.
 * Undefined where one is missing or may not stand in a URL.
 */
export async function authorizationVariables(
  { keyring }: Pick<Keeper, 'keyring'>,
  connector: Pick<Connector, 'variables'>,
  input: {
    readonly connection: string
    readonly variables?: Readonly<Record<string, string>> | undefined
    readonly previous?: Sealed | undefined
  },
): Promise<VariableValues | undefined> {
  const { connection, variables: given = {}, previous } = input
  const asked = askedVariables(connector)
  if (Object.keys(given).some((name) => !asked.includes(name))) return undefined
  const before =
    previous === undefined || asked.every((name) => Object.hasOwn(given, name))
      ? {}
      : splitFields(await openFields(keyring, previous, { connection, purpose: 'grant' }), '')
          .variables
  const values: Record<string, string> = {}
  for (const name of asked) {
    const rule = connector.variables?.[name]
    const value = Object.hasOwn(given, name) ? given[name] : before[name]
    if (rule === undefined || value === undefined || !isVariableValue(rule, value)) return undefined
    values[name] = value
  }
  return values
}
