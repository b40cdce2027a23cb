import { isHostName } from '../../src/definition/hosts.js'
import type { Agent } from 'undici'
import { type Dispatcher, EnvHttpProxyAgent } from 'undici'
import { AddressRefused, isLoopbackName, literalAddress, mayDial } from './check-address.js'
import type { NetworkPolicy } from './network-policy.js'

/** What the environment says of proxies, to tell one environment from another. */
export function proxyEnvironment({ proxy = true }: NetworkPolicy): string {
  if (!proxy) return ''
  const { https_proxy, HTTPS_PROXY, http_proxy, HTTP_PROXY } = process.env
  return [https_proxy ?? HTTPS_PROXY ?? '', http_proxy ?? HTTP_PROXY ?? ''].join(' ').trim()
}

/**
 * An agent that goes through the proxies of the environment, but for the hosts of `NO_PROXY`. A host that
 * is written as an address is checked here; a name is resolved by the proxy, and only there.
 */
export function createProxiedAgent(network: NetworkPolicy, options: Agent.Options): Dispatcher {
  return new EnvHttpProxyAgent(options).compose((dispatch) => (request, handler) => {
    const { protocol, hostname } = new URL(String(request.origin))
    const literal = literalAddress(hostname)
    const plain = protocol !== 'https:' && !(network.loopback && isLoopbackName(hostname))
    if (
      !plain &&
      isHostName(hostname) &&
      (literal === undefined || mayDial(hostname, literal, network))
    )
      return dispatch(request, handler)
    throw new AddressRefused()
  })
}
