import { createFailure } from '../../src/contract/failure.js'
import type { Connector } from '../../src/connectors/connector.js'
import { expandTemplate, type VariableValues } from '../../src/definition/variables.js'

const NONE: Readonly<Record<string, string>> = {}

/**
 * The headers that a connector puts onto every request, by lower-case name, with the connection's own
 * values in them.
 * @throws ApplicationFailure `InvalidConnection` where a value is missing
 */
export function connectorHeaders(
  { headers, variables: rules }: Pick<Connector, 'headers' | 'variables'>,
  variables: VariableValues,
  connection: string,
): Readonly<Record<string, string>> {
  if (headers === undefined) return NONE
  const made = Object.entries(headers).map(([name, template]) => {
    const value = expandTemplate(template, variables, rules)
    if (value !== undefined) return [name.toLowerCase(), value] as const
    throw createFailure(
      'InvalidConnection',
      `${connection}: the header ${name} of its connector can't be made: a value for ${template} is missing. Connect it again with that value, or mend the connector's headers.`,
      { connection },
    )
  })
  return Object.fromEntries(made)
}
