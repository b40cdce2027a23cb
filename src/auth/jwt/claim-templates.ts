import { fillTemplate } from '../../definition/template.js'
import { placeholders } from '../../definition/variables.js'

/** A claim as data; texts in it are templates. */
export type JwtClaim =
  string | number | boolean | null | readonly JwtClaim[] | { readonly [name: string]: JwtClaim }

export type JwtClaims = Readonly<Record<string, JwtClaim>>

/** Every template, by its path. */
export function claimTemplates(
  claims: JwtClaim,
  path = '',
): readonly (readonly [string, string])[] {
  if (typeof claims === 'string') return [[path, claims]]
  if (typeof claims !== 'object' || claims === null) return []
  return Object.entries(claims).flatMap(([name, claim]: [string, JwtClaim]) =>
    claimTemplates(claim, path === '' ? name : `${path}.${name}`),
  )
}

/**
 * The claims with every `{name}` filled in.
 * @param valueOf undefined where there is none: then there are no claims
 */
export function filledClaims<Claim extends JwtClaim>(
  claims: Claim,
  valueOf: (name: string) => string | undefined,
): Claim | undefined {
  const names = claimTemplates(claims).flatMap(([, text]) => placeholders(text))
  return names.some((name) => valueOf(name) === undefined)
    ? undefined
    : (filled(claims, (name) => valueOf(name) ?? '') as Claim)
}

function filled(claim: JwtClaim, valueOf: (name: string) => string): JwtClaim {
  if (typeof claim === 'string') return fillTemplate(claim, valueOf)
  if (typeof claim !== 'object' || claim === null) return claim
  if (Array.isArray(claim)) return claim.map((one: JwtClaim) => filled(one, valueOf))
  const entries = Object.entries(claim).map(([name, one]: [string, JwtClaim]) => [
    name,
    filled(one, valueOf),
  ])
  return Object.fromEntries(entries) as JwtClaim
}
