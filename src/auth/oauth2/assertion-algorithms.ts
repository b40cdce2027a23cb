/** RFC 7518 section 3.1 and RFC 8037: asymmetric ones only. */
export const ASSERTION_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

export type AssertionAlgorithm = (typeof ASSERTION_ALGORITHMS)[number]
