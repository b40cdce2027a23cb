import { resolve } from 'node:path'
import type { SecretReference } from '../../contract/credential.js'
import { secret } from '../../definition/secret-reference.js'
import { resolveDefinitionSecret } from '../../sealing/definition-secrets.js'
import { createKeyring } from '../../sealing/keyring.js'
import type { PublicKeyText } from '../../sealing/key-pair.js'
import { Secret } from '../../sealing/secret.js'

/** A key as a command line or environment names it: a path, `file:/path` or `env:NAME`. */
export function toKeyReference(text: string): SecretReference {
  if (text.startsWith('env:') || text.startsWith('file:/')) return secret(text)
  return secret(`file:${resolve(text.replace(/^file:/, ''))}`)
}

/** The public half of the key that a keeper with these keys seals with. */
export async function newestPublicKey(
  keys: readonly (SecretReference | Secret)[],
): Promise<PublicKeyText | undefined> {
  const newest = keys.at(-1)
  if (newest === undefined) return undefined
  const text = newest instanceof Secret ? newest : await resolveDefinitionSecret(newest)
  return (await createKeyring([text])).newestPublicKey
}
