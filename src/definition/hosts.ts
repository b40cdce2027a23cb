/** One label of a host (RFC 1123 section 2.1). */
export const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/** RFC 1035 section 2.3.4. Node 20 itself ends at a look-up of a longer one. */
const MAX_HOST = 253

/** Whether a host is short enough to be the name of one. */
export function isHostName(host: string): boolean {
  return host.length <= MAX_HOST
}

/** Names below `localhost` (RFC 6761 section 6.3); a label of a definition may be a placeholder. */
const BELOW_LOCALHOST = /^(?:(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|\{[a-z_]\w*\})\.)+localhost$/i

/** Whether a host of a definition is this machine itself: http may go there. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host === '[::1]' ||
    /^127(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(host) ||
    isBelowLocalhost(host)
  )
}

/** Whatever a name server says of such a name, it is this machine or nothing. */
export function isBelowLocalhost(host: string): boolean {
  return BELOW_LOCALHOST.test(host)
}
