declare const sealedBrand: unique symbol

/**
 * A value that only a credential worker can open: `tk1.<key id>.<encapsulated key>.<ciphertext>`,
 * the last two in base64url. Safe to put into workflow state, signals and history.
 */
export type Sealed = string & { readonly [sealedBrand]: true }

/**
 * What a sealed value is for; part of the associated data, so that one does not open as another.
 * `credential`: what an operator gave. `grant`: what the token workflow keeps to get tokens with.
 * `token`: what a lease carries. `verifier`: the PKCE verifier of an authorization that is under way.
 * `answer`: a success answer of a token endpoint that could not be read and may hold the only living grant.
 * `mark-key`: the key of the digests by which given credentials are compared. `preview`: records that a person who
 * tries a sync wants to see, sealed for that person.
 */
export type SealPurpose =
  'credential' | 'grant' | 'token' | 'verifier' | 'answer' | 'mark-key' | 'preview'

/** A sealed value, and what it is for. */
export interface SealedValue {
  readonly sealed: Sealed
  readonly purpose: SealPurpose
}

/** What is to be sealed with the newest key. */
export interface ResealInput {
  readonly connection: string
  readonly values: readonly SealedValue[]
}

/** The same values in the same order, sealed with the newest key. */
export interface ResealResult {
  readonly keyId: string
  readonly values: readonly Sealed[]
}

/**
 * Who can make a value of a purpose. `anyone`: whoever has the public key. `keepers`: only who has the
 * private key; what anybody else has sealed as one does not open.
 */
export const SEALED_BY: Readonly<Record<SealPurpose, 'anyone' | 'keepers'>> = {
  credential: 'anyone',
  verifier: 'anyone',
  preview: 'anyone',
  grant: 'keepers',
  token: 'keepers',
  answer: 'keepers',
  'mark-key': 'keepers',
}

export const SEAL_VERSION = 'tk1'

const SEALED_PATTERN = /^tk1\.[0-9a-f]{16}\.[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{22,}$/

/** Whether a value has the shape of a sealed one. Says nothing about whether it opens. */
export function isSealed(value: unknown): value is Sealed {
  return typeof value === 'string' && SEALED_PATTERN.test(value)
}

/** The id of the key that a sealed value was sealed for: the first 16 hex digits of SHA-256 of the public key. */
export function sealedKeyId(sealed: Sealed): string {
  return sealed.split('.')[1] ?? ''
}
