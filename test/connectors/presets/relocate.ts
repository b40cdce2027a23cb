import { type Connector, defineConnector } from '../../../src/connectors/index.js'
import { isLoopback } from '../../../src/definition/hosts.js'
import { isSecretReference } from '../../../src/definition/secret-reference.js'

/**
 * The same connector with the provider's hosts, as its documentation names them, played by servers on
 * loopback. Every documented host of the definition must be named: one that is left would be dialled.
 * @param hosts `https://{account}.myshopify.com` to `http://127.0.0.1:…`; a variable's hosts by name,
 *   `*.my.salesforce.com` to `127.0.0.1`
 */
export function relocate(connector: Connector, hosts: Readonly<Record<string, string>>): Connector {
  const moved = move(connector, hosts) as Connector
  const left = /https:\/\/[^"/]+/.exec(toText({ ...moved, endpoints: {} }))
  if (left !== null) throw new Error(`the preset names a host that no fake plays: ${left[0]}`)
  const rules = Object.values(moved.variables ?? {})
  const open = rules.flatMap(({ hosts: own = [] }) => own).find((host) => !isLoopback(host))
  if (open !== undefined) throw new Error(`a variable may name a host that no fake plays: ${open}`)
  return defineConnector(moved)
}

/** Without scopes: Google's look like URLs, and are never dialled. */
function toText(definition: object): string {
  return JSON.stringify(definition, (name, value: unknown) => (name === 'scope' ? '' : value))
}

function move(value: unknown, hosts: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    const [from, to] =
      Object.entries(hosts).find(([host]) => value === host || value.startsWith(`${host}/`)) ?? []
    return from === undefined || to === undefined ? value : `${to}${value.slice(from.length)}`
  }
  if (typeof value !== 'object' || value === null || isSecretReference(value) || '_zod' in value)
    return value
  if (Array.isArray(value)) return value.map((part) => move(part, hosts))
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, move(part, hosts)]))
}
