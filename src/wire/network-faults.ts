/** Codes of Node and undici are a closed form; messages may repeat URLs, headers and credentials. */
export function faultCode(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : 'NETWORK'
}

/** Begins the code of what failed at a proxy, before it had let anything through. */
export const PROXY = 'PROXY_'
/** Begins the code of what failed on the way that a proxy had opened, before anything was sent. */
export const TUNNEL = 'TUNNEL_'
/** What stands in HTTPS_PROXY can't be read. */
export const PROXY_INVALID = `${PROXY}INVALID`

const THE_PROXY = 'the proxy that HTTPS_PROXY (or HTTP_PROXY) of the worker names'
const SHAPE = 'http://host:port, or http://user:password@host:port with both percent-encoded'

/** What to do about a fault of a proxy. The first pattern that matches the code without {@link PROXY} decides. */
const OF_A_PROXY: readonly (readonly [RegExp, string])[] = [
  [
    /^INVALID$/,
    `HTTPS_PROXY (or HTTP_PROXY) of the worker names no proxy: give ${SHAPE}, and start the worker anew`,
  ],
  [/^HTTP_407$/, `${THE_PROXY} wants user and password: give ${SHAPE}, and start the worker anew`],
  [
    /^HTTP_4/,
    `${THE_PROXY} refuses to connect to this host: allow it there, or name the host in NO_PROXY where it can be reached without`,
  ],
  [
    /^HTTP_/,
    `${THE_PROXY} did not get through to this host: where it stays so, look at whether it can resolve and reach it`,
  ],
  [
    /CERT|ISSUER|UNABLE_TO_VERIFY/,
    `the certificate of ${THE_PROXY} is not trusted: give the PEM file of its CA to the worker by NODE_EXTRA_CA_CERTS, and start it anew`,
  ],
  [
    /^(?:NOT_HTTP$|ERR_SSL|EPROTO)/,
    `${THE_PROXY} answers something that is not of an HTTP proxy: look at its host, its port, and whether it is http or https`,
  ],
  [
    /^/,
    `${THE_PROXY} is not there, or breaks off: where it stays so, look at it and at that value`,
  ],
]

/**
 * What to do about a request that did not leave, in a half-sentence; undefined where the code shows
 * nothing of proxies or certificates.
 */
export function faultAdvice(code: string): string | undefined {
  if (code.startsWith(PROXY)) {
    const own = code.slice(PROXY.length)
    return OF_A_PROXY.find(([pattern]) => pattern.test(own))?.[1]
  }
  if (code.startsWith(TUNNEL))
    return `${THE_PROXY} let the connection through, and it broke off before TLS stood: where it stays so, look at whether the proxy can reach this host`
  if (/SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY|CERT_UNTRUSTED|INVALID_CA/.test(code))
    return 'its certificate is of a CA that is not known here: where it is one of your own, or of a proxy that opens TLS, give its PEM file to the worker by NODE_EXTRA_CA_CERTS, and start it anew'
  if (code.includes('CERT'))
    return 'its certificate is not valid (expired, not valid yet, of another name, revoked): look at it, and at the clock of the worker'
  return undefined
}
