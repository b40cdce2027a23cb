import {
  ACCOUNT_RULE,
  type ConnectionRef,
  CONNECTOR_RULE,
  formatConnection,
  parseConnection,
} from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import type { Connector, Endpoint } from '../../src/connectors/connector.js'
import { templateNames } from '../../src/definition/template.js'
import {
  expandTemplate,
  isVariableValue,
  type VariableValues,
} from '../../src/definition/variables.js'
import { authKindOf } from '../../src/auth/registry.js'

/** A connection with its connector's definition, and with the values that are known of it. */
export class ResolvedConnection {
  /** `shopify/acme` */
  readonly name: string
  /** Made once: requests ask for it again and again. */
  #baseText: string | undefined

  /** @param variables values for `{name}` in the base URL; more than the account only once a lease is open */
  constructor(
    readonly ref: ConnectionRef,
    readonly connector: Connector,
    readonly variables: VariableValues,
  ) {
    this.name = formatConnection(ref)
  }

  /** The same connection with the values of an opened lease. */
  withVariables(variables: VariableValues): ResolvedConnection {
    return new ResolvedConnection(this.ref, this.connector, variables)
  }

  /** The connector's base URL with the values in it; undefined where one is missing or may not stand there. */
  get filledBase(): string | undefined {
    const { baseUrl, variables: rules } = this.connector
    return expandTemplate(baseUrl, this.variables, rules)
  }

  /** The base URL as text. @throws ApplicationFailure `InvalidConnection` */
  get baseText(): string {
    if (this.#baseText !== undefined) return this.#baseText
    const text = this.filledBase
    if (text === undefined)
      throw createFailure(
        'InvalidConnection',
        `${this.name}: the base URL of its connector can't be made: a value for ${this.#missing()} is missing, or may not stand there. Connect it again, or mend the connector's variables.`,
        { connection: this.name },
      )
    this.#baseText = new URL(text).href
    return this.#baseText
  }

  /** The base URL. @throws ApplicationFailure `InvalidConnection` */
  get baseUrl(): URL {
    return new URL(this.baseText)
  }

  /** The origins that may receive the connection's credential. @throws ApplicationFailure `InvalidConnection` */
  get origins(): ReadonlySet<string> {
    const further = this.connector.origins ?? []
    return new Set([this.baseUrl.origin, ...further.map((origin) => new URL(origin).origin)])
  }

  #missing(): string {
    const names = templateNames(this.connector.baseUrl)
    const absent = names.filter((name) => !Object.hasOwn(this.variables, name))
    return (absent.length === 0 ? names : absent).map((name) => `{${name}}`).join(', ')
  }
}

/** @throws ApplicationFailure `InvalidConnection`, `UnknownConnector` */
export function resolveConnection(
  connectors: ReadonlyMap<string, Connector>,
  connection: string,
): ResolvedConnection {
  const { ref, connector } = needConnector(connectors, connection)
  return new ResolvedConnection(ref, connector, { account: ref.account })
}

/** @throws ApplicationFailure `UnknownEndpoint` */
export function resolveEndpoint(
  { connector, name }: Pick<ResolvedConnection, 'connector' | 'name'>,
  endpoint: string,
): Endpoint {
  const found = Object.hasOwn(connector.endpoints, endpoint)
    ? connector.endpoints[endpoint]
    : undefined
  if (found !== undefined) return found
  throw createFailure(
    'UnknownEndpoint',
    `${name} has no endpoint '${endpoint.slice(0, 100)}' (it has ${Object.keys(connector.endpoints).join(', ')}). Mend the name, or define it.`,
    { connection: name, endpoint: endpoint.slice(0, 100) },
  )
}

export type FoundConnector =
  | { readonly outcome: 'found'; readonly ref: ConnectionRef; readonly connector: Connector }
  | {
      readonly outcome: 'refused'
      readonly code: 'InvalidConnection' | 'UnknownConnector'
      readonly message: string
    }

/** The connector of a connection, or why there is none. */
export function findConnector(
  connectors: ReadonlyMap<string, Connector>,
  connection: string,
): FoundConnector {
  const ref = parseConnection(connection)
  if (ref === undefined)
    return {
      outcome: 'refused',
      code: 'InvalidConnection',
      message: `A connection is named 'connector/account'; connector: ${CONNECTOR_RULE}; account: ${ACCOUNT_RULE}.`,
    }
  const connector = connectors.get(ref.connector)
  if (connector === undefined)
    return {
      outcome: 'refused',
      code: 'UnknownConnector',
      message: `The keeper worker has no connector '${ref.connector}' (it has: ${[...connectors.keys()].join(', ') || 'none'}): give it one in its option connectors.`,
    }
  const urls = authKindOf(connector.auth).urls?.(connector.auth) ?? {}
  const named = [connector.baseUrl, ...Object.values(urls)].flatMap((url) => templateNames(url))
  if (named.includes('account') && !isVariableValue({ form: 'label' }, ref.account))
    return {
      outcome: 'refused',
      code: 'InvalidConnection',
      message: `The account '${ref.account}' becomes part of a URL of the connector '${ref.connector}', so it must be letters, digits and hyphens, at most 63.`,
    }
  return { outcome: 'found', ref, connector }
}

/**
 * As {@link findConnector}, for where a missing one is a failure.
 * @throws ApplicationFailure `InvalidConnection`, `UnknownConnector`
 */
export function needConnector(
  connectors: ReadonlyMap<string, Connector>,
  connection: string,
): Extract<FoundConnector, { outcome: 'found' }> {
  const found = findConnector(connectors, connection)
  if (found.outcome === 'found') return found
  throw createFailure(found.code, found.message, { connection })
}
