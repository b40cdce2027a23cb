import { authKindOf } from '../../src/auth/registry.js'
import type { AuthLike } from '../../src/auth/auth-kind.js'
import type { Connector, NetworkRule } from '../../src/connectors/connector.js'
import { isLoopback } from '../../src/definition/hosts.js'

/** Which addresses may be dialled beside public ones. */
export interface NetworkPolicy {
  /** This machine, by its own name or address: where the definition itself names it. */
  readonly loopback: boolean
  readonly privateAddresses: NonNullable<NetworkRule['privateAddresses']>
  /** Whether the proxies of the environment are used. */
  readonly proxy?: boolean
}

/** Public addresses by https, and nothing else. */
export const PUBLIC_ONLY: NetworkPolicy = { loopback: false, privateAddresses: false }

/** What a connector may dial. */
export function networkPolicy(connector: Connector): NetworkPolicy {
  return {
    loopback: namedHosts(connector).some(isLoopback),
    privateAddresses: connector.network?.privateAddresses ?? false,
    proxy: connector.network?.proxy ?? true,
  }
}

/** Every host that stands in the definition. */
function namedHosts({ baseUrl, origins = [], auth, variables = {} }: Connector): string[] {
  const urls = authKindOf<AuthLike>(auth).urls?.(auth) ?? {}
  return [
    ...[baseUrl, ...origins, ...Object.values(urls)].map(hostOf),
    ...Object.values(variables).flatMap(({ hosts = [] }) => hosts),
  ]
}

/** A template may hold braces, which no parser of URLs takes. */
function hostOf(url: string): string {
  const authority = /^https?:\/\/([^/?#]*)/.exec(url)?.[1] ?? ''
  return authority.replace(/:\d*$/, '').toLowerCase()
}
