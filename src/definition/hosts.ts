/** One label of a host (RFC 1123 section 2.1). */
export const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/** Whether a host of a definition is this machine itself: http may go there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(host)
}
