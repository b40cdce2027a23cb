import type { SecretReference } from '../contract/credential.js'
import { resolveDefinitionSecret } from '../sealing/definition-secrets.js'
import { createKeyring, type Keyring } from '../sealing/keyring.js'

/** Reads the private keys of a worker, oldest first; the newest one seals. */
export async function openKeyring(privateKeys: readonly SecretReference[]): Promise<Keyring> {
  return await createKeyring(await Promise.all(privateKeys.map(resolveDefinitionSecret)))
}

/** The paths of keys that are files: never to be sent anywhere as a secret. */
export function keyFilesOf(privateKeys: readonly SecretReference[]): readonly string[] {
  return privateKeys
    .map(({ secret }) => secret)
    .filter((reference) => reference.startsWith('file:'))
    .map((reference) => reference.slice('file:'.length))
}
