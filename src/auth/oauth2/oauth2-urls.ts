/** URLs of a definition that `{account}` and other variables may stand in. */
const NAMES = [
  'tokenUrl',
  'issuer',
  'authorizationUrl',
  'refreshUrl',
  'introspectionUrl',
  'revocationUrl',
] as const

/** Those that a definition has, by name. */
export function oauth2Urls(auth: {
  readonly [Name in (typeof NAMES)[number]]?: string
}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const url = auth[name]
      return url === undefined ? [] : [[name, url] as const]
    }),
  )
}
