/** URLs of a definition that `{account}` and other variables may stand in. */
const URL_NAMES = [
  'tokenUrl',
  'issuer',
  'authorizationUrl',
  'refreshUrl',
  'introspectionUrl',
  'revocationUrl',
] as const

/** Those that a definition has, by name. */
export function oauth2Urls(auth: {
  readonly [Name in (typeof URL_NAMES)[number]]?: string | undefined
}): Readonly<Record<string, string>> {
  const urls: Record<string, string> = {}
  for (const name of URL_NAMES) {
    const url = auth[name]
    if (url !== undefined) urls[name] = url
  }
  return urls
}
