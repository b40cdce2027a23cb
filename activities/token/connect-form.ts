import type { AuthKind, AuthLike } from '../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import type { Connector } from '../../src/connectors/connector.js'
import type { ConnectField, ConnectForm } from '../../src/contract/connect-form.js'
import type { TokenActivities } from '../../src/contract/token-activities.js'
import type { Keeper } from '../keeper/keeper.js'
import { findConnector } from '../connection/resolve-connection.js'

/** Tells how a person gives the credential of a connection, as the definition of now says. */
export function createConnectForm(keeper: Keeper): TokenActivities['tokenkeeper.connect-form'] {
  return ({ connection }) => {
    const found = findConnector(keeper.connectors, connection)
    return Promise.resolve(
      found.outcome === 'found'
        ? { outcome: 'found', form: connectForm(connection, found.connector) }
        : { outcome: 'refused', code: found.code, message: found.message },
    )
  }
}

function connectForm(connection: string, connector: Connector): ConnectForm {
  const { auth, connect = {}, variables = {} } = connector
  const kind = authKindOf<AuthLike>(auth)
  const isBrowser = kind.authorizationUrl !== undefined
  const { needed, optional } = isBrowser ? NO_FIELDS : askedOf(kind, auth)
  const values = Object.keys(variables).filter((name) => variables[name]?.from === 'credential')
  const plain = [...(kind.plainFields?.(auth) ?? PLAIN_FIELDS), ...values]
  const long = kind.longFields?.(auth) ?? []
  const field = (name: string): ConnectField => {
    const rule = connect.fields?.[name]
    return {
      name,
      label: rule?.label ?? labelOf(name),
      help: rule?.help,
      link: rule?.link,
      placeholder: rule?.placeholder,
      secret: plain.includes(name) ? undefined : true,
      optional: optional.includes(name) ? true : undefined,
      multiline: (rule?.multiline ?? long.includes(name)) ? true : undefined,
    }
  }
  return {
    connection,
    name: connect.name ?? connector.id,
    text: connect.text,
    link: connect.link,
    kind: kind.kind,
    by: isBrowser ? 'browser' : 'form',
    fields: [...values, ...needed, ...optional].map(field),
  }
}

const NO_FIELDS = { needed: [], optional: [] } as const
/** Names that are no secret in any kind. */
const PLAIN_FIELDS = ['clientId', 'issuer', 'subject', 'keyId', 'consumerKey', 'username']

function askedOf(
  kind: AuthKind,
  auth: AuthLike,
): { readonly needed: readonly string[]; readonly optional: readonly string[] } {
  const asked = kind.askedFields?.(auth)
  if (asked !== undefined) return asked
  const optional = kind.emptyFields?.(auth) ?? []
  return { needed: kind.fields(auth).filter((name) => !optional.includes(name)), optional }
}

/** `API key` of `apiKey`, `Client ID` of `clientId`, `Shop` of `shop`. */
function labelOf(name: string): string {
  const words = name
    .replace(/[_-]+/g, ' ')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/\b(?:api|id|url)\b/g, (word) => word.toUpperCase())
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}
