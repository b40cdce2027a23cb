import { isHostName } from '../../src/definition/hosts.js'

/** Why nothing was sent to a host, and how to allow it. */
export function refusedAddress(host: string): string {
  if (!isHostName(host.replace(/:\d+$/, '')))
    return `the host ${host.slice(0, 40)}... is longer than a host name can be (253 characters), so nothing was sent there. Look at where this URL comes from.`
  return `${host} has an address that is not public (private, loopback, link-local or the like), so nothing was sent there. If the API is in your own network, allow it in the connector: network: { privateAddresses: true }, or a list of blocks as ['10.20.0.0/16'].`
}
