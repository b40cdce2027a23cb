import { createPrivateKey } from 'node:crypto'
import * as z from 'zod'
import type { SecretReference } from '../../contract/credential.js'
import { refusePlainSecrets } from '../../definition/plain-secret.js'
import { plainText } from '../../definition/text-rules.js'
import type { Secret } from '../../sealing/secret.js'
import type { SecretFields } from '../kind/auth-kind.js'
import { ASSERTION_ALGORITHMS, type AssertionAlgorithm, pemOf } from './sign-assertion.js'
import { reference } from './oauth2-schema.js'

/** What the assertion of a JWT bearer grant says (RFC 7523 section 3). */
export interface AssertionRules {
  readonly alg: AssertionAlgorithm
  /** One key for all connections, PEM; default: the credential's own. */
  readonly key?: SecretReference | undefined
  readonly kid?: string | undefined
  /** Claim `iss`; default: the credential's `issuer` or `client_email`, else the client id. */
  readonly issuer?: string | undefined
  /** Claim `sub`; default: the credential's `subject`, else the issuer. */
  readonly subject?: string | undefined
  /** No `sub` but the credential's: it means delegation (Google: developers.google.com/identity/protocols/oauth2/service-account). */
  readonly withoutSubject?: boolean | undefined
  /** Claim `aud`; default: the token URL. Salesforce wants its login host, whatever the token URL is (help.salesforce.com, OAuth 2.0 JWT bearer flow). */
  readonly audience?: string | undefined
  /** From `iat` to `exp`. Default 5 minutes; at most an hour. */
  readonly lifetimeMs?: number | undefined
  /** Further claims, as `{ box_sub_type: 'enterprise' }` (Box: developer.box.com, JWT without SDKs). */
  readonly claims?: Readonly<Record<string, string | number | boolean>> | undefined
  /** Where the scope is asked for. Default `parameter` (RFC 7521 section 4.1); `assertion`: Google, DocuSign. */
  readonly scopeIn?: 'assertion' | 'parameter' | undefined
}

const OWN_CLAIMS = new Set(['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'scope'])

export const assertionSchema = z
  .strictObject({
    alg: z.enum(ASSERTION_ALGORITHMS),
    key: z.exactOptional(reference),
    kid: z.exactOptional(plainText),
    issuer: z.exactOptional(plainText),
    subject: z.exactOptional(plainText),
    withoutSubject: z.exactOptional(z.boolean()),
    audience: z.exactOptional(plainText),
    lifetimeMs: z.exactOptional(z.int().min(10_000).max(3_600_000)),
    claims: z.exactOptional(
      z
        .record(plainText, z.union([plainText, z.number(), z.boolean()]))
        .superRefine(refusePlainSecrets)
        .refine((claims) => !Object.keys(claims).some((name) => OWN_CLAIMS.has(name)), {
          message: 'must not hold what the kind itself sets: iss, sub, aud, exp, iat, jti, scope',
        }),
    ),
    scopeIn: z.exactOptional(z.enum(['assertion', 'parameter'])),
  })
  .refine((rules) => rules.withoutSubject !== true || rules.subject === undefined, {
    path: ['withoutSubject'],
    message: 'contradicts subject',
  })

/** Fields of the credential; those with an underscore are of Google's key file (a JSON object). */
export const ASSERTION_FIELDS = ['privateKey', 'issuer', 'subject', 'keyId'] as const

/** What the assertion takes from a credential. */
export interface AssertionFields {
  readonly privateKey: Secret | undefined
  readonly issuer: string | undefined
  readonly subject: string | undefined
  readonly keyId: string | undefined
}

export function assertionFields(fields: SecretFields): AssertionFields {
  return {
    privateKey: fields['privateKey'] ?? fields['private_key'],
    issuer: (fields['issuer'] ?? fields['client_email'])?.reveal(),
    subject: fields['subject']?.reveal(),
    keyId: (fields['keyId'] ?? fields['private_key_id'])?.reveal(),
  }
}

/** Says what is wrong with the key of a credential, or nothing. */
export function keyProblem(
  fields: SecretFields,
  rules: AssertionRules,
  tokenUrl: string | undefined,
): string | undefined {
  if (fields['type'] !== undefined && fields['type'].reveal() !== 'service_account')
    return 'it is a key file of another type than service_account'
  const { privateKey } = assertionFields(fields)
  if (privateKey === undefined)
    return rules.key === undefined
      ? 'it lacks the field privateKey, or private_key of a key file'
      : undefined
  try {
    createPrivateKey(pemOf(privateKey))
  } catch {
    return 'privateKey is no private key in PEM without a passphrase'
  }
  return foreignTokenUri(fields, tokenUrl)
    ? 'the token_uri of the key file is not of the token endpoint of the connector: it is the key file of another provider, or was tampered with'
    : undefined
}

/** A key file must not be able to choose where an assertion goes. */
function foreignTokenUri(fields: SecretFields, tokenUrl: string | undefined): boolean {
  const uri = fields['token_uri']?.reveal()
  if (uri === undefined || tokenUrl === undefined || tokenUrl.includes('{')) return false
  return !URL.canParse(uri) || new URL(uri).origin !== new URL(tokenUrl).origin
}
