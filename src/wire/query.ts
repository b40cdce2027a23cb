/**
 * Adds a query parameter to a URL and leaves the others as they are written. A space becomes `%20`: a
 * strict server takes `+` for a plus.
 */
export function addQuery(url: URL, name: string, value: string): void {
  const others = url.search.slice(1)
  // With its own question mark: the setter would take one of the query away.
  url.search = `?${others === '' ? '' : `${others}&`}${queryPair(name, value)}`
}

/** Sets a query parameter in place of any of the same name; the rest stays as it is written. */
export function setQuery(url: URL, name: string, value: string): void {
  url.search = `?${withPair(url.search.slice(1), name, queryPair(name, value))}`
}

/** One pair of a query. */
export function queryPair(name: string, value: string): string {
  return new URLSearchParams([[name, value]]).toString().replaceAll('+', '%20')
}

/** The pairs of a query or a form without those of a name, and another pair behind them. */
export function withPair(text: string, name: string, pair: string): string {
  const others = text.split('&').filter((one) => one !== '' && nameOfPair(one) !== name)
  return [...others, pair].join('&')
}

export function nameOfPair(pair: string): string | undefined {
  // The parser takes a `?` at the beginning for a separator, which within a query it is not.
  return [...new URLSearchParams(`&${pair}`).keys()][0]
}
