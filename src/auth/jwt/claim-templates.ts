import { fillTemplate, mapTexts, templateNames, textsOf } from '../../definition/template.js'

/** A claim as data; texts in it are templates. */
export type JwtClaim =
  string | number | boolean | null | readonly JwtClaim[] | { readonly [name: string]: JwtClaim }

export type JwtClaims = Readonly<Record<string, JwtClaim>>

/**
 * The claims with every `{name}` filled in.
 * @param valueOf undefined where there is none: then there are no claims
 */
export function filledClaims<Claim extends JwtClaim>(
  claims: Claim,
  valueOf: (name: string) => string | undefined,
): Claim | undefined {
  const names = textsOf(claims).flatMap(([, text]) => templateNames(text))
  if (names.some((name) => valueOf(name) === undefined)) return undefined
  return mapTexts(claims, (text) => fillTemplate(text, (name) => valueOf(name) ?? '')) as Claim
}
