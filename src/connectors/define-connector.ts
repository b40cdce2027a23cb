import type * as z from 'zod'
import { isConnectorName } from '../contract/connection-ref.js'
import type { Connector, EndpointMap } from './connector.js'
import { connectorSchema } from './connector-schema.js'
import { exampleFor, newNameOf } from './definition-examples.js'
import { type DefinitionProblem, InvalidDefinition } from './invalid-definition.js'
import { isSecretReference } from '../definition/secret-reference.js'

/** What {@link defineConnector} takes: a {@link Connector} that is not checked yet. */
export type ConnectorDefinition<Endpoints extends EndpointMap> = Omit<
  Connector<Endpoints>,
  'verify'
> & {
  /**
   * Name of the endpoint that tells whether a credential works: a read without parameters, by GET, or
   * by POST where auth puts the credential into the body.
   */
  readonly verify?: (keyof Endpoints & string) | undefined
}

/**
 * Defines one upstream, once: checked while the module loads, frozen, without any secret in it. What
 * comes back may be spread into the definition of a variant.
 * @throws InvalidDefinition listing what is wrong, at which path, with an example of right
 */
export function defineConnector<const Endpoints extends EndpointMap>(
  definition: ConnectorDefinition<Endpoints>,
): Connector<Endpoints> & Pick<ConnectorDefinition<Endpoints>, 'verify'> {
  const copy = frozenCopy(definition)
  const result = connectorSchema.safeParse(copy)
  if (!result.success)
    throw new InvalidDefinition(
      connectorName(definition),
      result.error.issues.flatMap((issue) => toProblems(issue, definition)),
    )
  return copy as ReturnType<typeof defineConnector<Endpoints>>
}

function connectorName(definition: unknown): string {
  const id = (definition as { readonly id?: unknown } | null | undefined)?.id
  return isConnectorName(id) ? `The connector '${id}'` : 'A connector'
}

function toProblems(issue: z.core.$ZodIssue, definition: unknown): DefinitionProblem[] {
  const problem = (path: readonly PropertyKey[], message: string): DefinitionProblem => ({
    path: formatPath(path),
    message,
    example: exampleFor(path, definition),
  })
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const path = [...issue.path, key]
      const name = newNameOf(path)
      const called = name === undefined ? '' : `: it is called '${name}'`
      return {
        path: formatPath(path),
        message: `is not known here${called}`,
        example: exampleFor([...issue.path, name ?? key], definition),
      }
    })
  if (issue.code === 'invalid_key')
    return [problem(issue.path, issue.issues[0]?.message ?? 'has a name that is not allowed')]
  return [problem(issue.path, problemMessage(issue))]
}

/** In words of our own: zod's may repeat what was given. */
function problemMessage(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing or of the wrong type: it must be ${issue.expected}`
        : `must be ${issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.map((value) => `'${String(value)}'`).join(' or ')}`
    case 'too_small':
      return `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    default:
      return issue.message
  }
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    const name = String(part)
    if (!/^[A-Za-z_]\w*$/.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, '')
}

/** Copies plain data without what is undefined; schemas and secret references stay what they are. */
function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || isSecretReference(value)) return value
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy))
  if ('_zod' in value) return value
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.freeze(Object.fromEntries(entries.map(([key, part]) => [key, frozenCopy(part)])))
}
