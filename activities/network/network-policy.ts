import ipaddr from 'ipaddr.js'
import { authKindOf } from '../../src/auth/registry.js'
import type { AuthLike } from '../../src/auth/kind/auth-kind.js'
import type { Connector, NetworkRule } from '../../src/connectors/connector.js'
import { isBelowLocalhost, isHostName, isLoopback } from '../../src/definition/hosts.js'
import { isMetadataAddress } from '../../src/definition/network-blocks.js'

/** Which addresses may be dialled beside public ones. */
export interface NetworkPolicy {
  /** This machine, by its own name or address: where the definition itself names it. */
  readonly loopback: boolean
  readonly privateAddresses: NonNullable<NetworkRule['privateAddresses']>
  /** Whether the proxies of the environment are used. */
  readonly proxy?: boolean | undefined
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

/** The code of a request that was not sent because of where it would have gone. */
export const ADDRESS_REFUSED = 'ADDRESS_REFUSED'

/** An address, or a scheme for it, that the connector may not dial. Its text names nothing. */
export class AddressRefused extends Error {
  readonly code = ADDRESS_REFUSED

  constructor() {
    super('the address is refused')
  }
}

type Address = ReturnType<typeof ipaddr.process>

const PRIVATE = new Set(['private', 'uniqueLocal', 'carrierGradeNat'])
/** What is given out (RFC 4291 section 2.4); the rest of IPv6 that has no name is nobody's. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')
/** Ways to write an IPv4 address as an IPv6 one: such an address is judged as what it stands for. */
const MAPPED = new Set(['rfc6052', 'rfc6145'])

/** Whether an address that a host name stands for may be dialled. */
export function mayDial(host: string, text: string, policy: NetworkPolicy): boolean {
  if (!ipaddr.isValid(text)) return false
  return isAllowed(host, ipaddr.process(text), policy)
}

/**
 * The address that a host is written as, if it is one, in whatever notation (`2130706433`, `0x7f.1`,
 * `127.1`): no name is looked up for it.
 */
export function literalAddress(host: string): string | undefined {
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  return ipaddr.isValid(bare) ? bare : undefined
}

function isAllowed(host: string, address: Address, policy: NetworkPolicy): boolean {
  const stands = MAPPED.has(address.range()) ? embedded(address) : address
  if (isMetadataAddress(stands)) return false
  const { privateAddresses } = policy
  const range = address.range()
  if (range !== 'loopback' && isBelowLocalhost(host)) return false
  if (Array.isArray(privateAddresses) && inBlocks(address, privateAddresses)) return true
  if (range === 'loopback') return policy.loopback && isLoopbackName(host)
  if (privateAddresses === true && PRIVATE.has(range)) return true
  if (address instanceof ipaddr.IPv4) return range === 'unicast'
  if (MAPPED.has(range)) return isAllowed(host, embedded(address), policy)
  return range === 'unicast' && address.match(GLOBAL_UNICAST)
}

/**
 * Whether a host is this machine by its own name or address, in whatever notation. No proxy is asked for
 * it: that would be another machine, and the loopback of the proxy is nobody's to ask.
 */
export function isThisMachine(host: string): boolean {
  if (isLoopbackName(host.replace(/\.$/, ''))) return true
  const literal = literalAddress(host)
  if (literal === undefined) return false
  const address = ipaddr.process(literal)
  const stands = MAPPED.has(address.range()) ? embedded(address) : address
  return stands.range() === 'loopback' || stands.range() === 'unspecified'
}

/** A definition writes an IPv6 address with brackets, undici without. */
export function isLoopbackName(host: string): boolean {
  return isLoopback(host) || isLoopback(`[${host}]`)
}

function inBlocks(address: Address, blocks: readonly string[]): boolean {
  return blocks.some((block) => {
    const [network, bits] = ipaddr.parseCIDR(block)
    return network.kind() === address.kind() && address.match(network, bits)
  })
}

/** The last 32 bits (RFC 6052 section 2.2 with a prefix of 96, RFC 6145). */
function embedded(address: Address): Address {
  return new ipaddr.IPv4(address.toByteArray().slice(-4))
}

/** Why nothing was sent to a host, and how to allow it. */
export function refusedAddress(host: string): string {
  if (!isHostName(host.replace(/:\d+$/, '')))
    return `the host ${host.slice(0, 40)}... is longer than a host name can be (253 characters), so nothing was sent there. Look at where this URL comes from.`
  return `${host} has an address that is not public (private, loopback, link-local or the like), so nothing was sent there. If the API is in your own network, allow it in the connector: network: { privateAddresses: true }, or a list of blocks as ['10.20.0.0/16'].`
}
