import {
  expandTemplate,
  placeholders,
  type VariableValues,
} from '../../src/definition/variables.js'
import type { Connector } from '../../src/connectors/connector.js'
import { createFailure } from '../../src/contract/failure.js'
import { scalarText } from '../../src/wire/exact-number.js'
import { addQuery } from '../../src/wire/query.js'
import { isOneLine } from './check-outgoing.js'
import type { ResolvedConnection } from './resolve-connection.js'

const bases = new WeakMap<ResolvedConnection, string>()

/** The base URL of a connection, `{account}` filled in. */
export function baseUrlOf(resolved: ResolvedConnection): URL {
  return new URL(baseTextOf(resolved))
}

/** The same as text; made once for a resolved connection. */
export function baseTextOf(resolved: ResolvedConnection): string {
  const known = bases.get(resolved)
  if (known !== undefined) return known
  const { connector, variables, name } = resolved
  const text = expandTemplate(connector.baseUrl, variables, connector.variables)
  if (text === undefined)
    throw createFailure(
      'InvalidConnection',
      `${name}: the base URL of its connector can't be made: a value for ${missing(connector, variables)} is missing, or may not stand there. Connect it again, or mend the connector's variables.`,
      { connection: name },
    )
  const { href } = new URL(text)
  bases.set(resolved, href)
  return href
}

function missing({ baseUrl }: Connector, variables: VariableValues): string {
  const names = placeholders(baseUrl)
  const absent = names.filter((name) => !Object.hasOwn(variables, name))
  return (absent.length === 0 ? names : absent).map((name) => `{${name}}`).join(', ')
}

/** The origins that may receive the connection's credential. */
export function originsOf(resolved: ResolvedConnection): ReadonlySet<string> {
  const further = resolved.connector.origins ?? []
  return new Set([baseUrlOf(resolved).origin, ...further.map((origin) => new URL(origin).origin)])
}

/** The names in `{braces}` of a path. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '')
}

/**
 * Joins base URL and path, fills in path parameters and adds the rest of the input as query
 * parameters; a list becomes a repeated parameter.
 * @throws ApplicationFailure `InvalidInput`
 */
export function buildUrl(
  resolved: ResolvedConnection,
  endpoint: string,
  path: string,
  input: Readonly<Record<string, unknown>>,
): URL {
  const { name } = resolved
  const used = new Set<string>(pathParameters(path))
  const filled = path.replace(/\{([^}]+)\}/g, (_all, parameter: string) => {
    const value = input[parameter]
    const text = scalarText(value)
    if (text === undefined || !isPathValue(text))
      throw createFailure(
        'InvalidInput',
        `${name} ${endpoint}: the path parameter '${parameter}' is missing or can not stand in a path (no line break, no NUL, not '.' or '..').`,
        { connection: name, endpoint },
      )
    return encodeURIComponent(text)
  })
  const url = baseUrlOf(resolved)
  url.pathname = `${url.pathname.replace(/\/$/, '')}${filled.startsWith('/') ? '' : '/'}${filled.split('?')[0] ?? ''}`
  for (const [key, value] of Object.entries(input)) {
    if (used.has(key) || value === undefined || value === null) continue
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      const text = typeof one === 'boolean' ? String(one) : scalarText(one)
      if (text === undefined)
        throw createFailure(
          'InvalidInput',
          `${name} ${endpoint}: the query parameter '${key}' is no text, number or boolean.`,
          { connection: name, endpoint },
        )
      if (!isOneLine(text) || !isOneLine(key))
        throw createFailure(
          'InvalidInput',
          `${name} ${endpoint}: a query parameter holds a line break, NUL or half a character; give a clean one.`,
          { connection: name, endpoint },
        )
      addQuery(url, key, text)
    }
  }
  return url
}

function isPathValue(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && isOneLine(text)
}
