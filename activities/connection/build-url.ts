import { fillTemplate, parseTemplate } from '../../src/definition/template.js'
import { createFailure } from '../../src/contract/failure.js'
import { scalarText } from '../../src/wire/exact-number.js'
import { addQuery } from '../../src/wire/query.js'
import { isOneLine } from './check-outgoing.js'
import type { ResolvedConnection } from './resolve-connection.js'

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
  const template = parseTemplate(path)
  const filled = fillTemplate(template, (parameter) => {
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
  const url = resolved.baseUrl
  url.pathname = `${url.pathname.replace(/\/$/, '')}${filled.startsWith('/') ? '' : '/'}${filled.split('?')[0] ?? ''}`
  for (const [key, value] of Object.entries(input)) {
    if (template.names.includes(key) || value === undefined || value === null) continue
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
