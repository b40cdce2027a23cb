/**
 * The URL that a link or redirect is asked for at. A proxy that ends TLS lets an API write `http` into
 * links to itself: with the host of an https origin of the connector, and its port or none, the link
 * stands for that origin. Nothing is ever sent by http for it.
 */
export function ownUrl(url: URL, origins: ReadonlySet<string>): URL {
  if (url.protocol !== 'http:' || origins.has(url.origin)) return url
  const secure = [...origins]
    .map((origin) => new URL(origin))
    .filter(({ protocol, hostname }) => protocol === 'https:' && hostname === url.hostname)
  const match =
    secure.find(({ port }) => port === url.port || (port === '' && url.port === '443')) ??
    // Without a port it is the proxy's that counts, where there is one only.
    (url.port === '' && secure.length === 1 ? secure[0] : undefined)
  if (match === undefined) return url
  const own = new URL(url)
  own.protocol = 'https:'
  own.port = match.port
  return own
}
