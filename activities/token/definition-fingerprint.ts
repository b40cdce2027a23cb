import { createHash } from 'node:crypto'
import { isSecretReference } from '../../src/definition/secret-reference.js'
import type { Keyring } from '../../src/sealing/keyring.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import { Secret } from '../../src/sealing/secret.js'
import type { Connector } from '../../src/connectors/connector.js'
import { canonicalJson } from '../../src/contract/plain-data.js'

/** Counted up when this product reads token answers that it could not read before: what is kept is read again. */
const READER = 1

type FingerprintKey = Pick<Keyring, 'keyIds' | 'fingerprint'>

/**
 * Tells definitions apart: 16 hex digits over what decides on tokens (base URL, auth, origins, verify,
 * expired), the values behind its `secret('env:…')` and `secret('file:…')` among it, as hashes that
 * need the keeper's private key: nobody else can try guesses on them. Endpoints and their schemas
 * change without waking anybody.
 */
export async function definitionFingerprint(
  connector: Connector,
  keyring: FingerprintKey,
): Promise<string> {
  const { baseUrl, auth, origins, verify, expired, maxLeaseAgeMs } = connector
  const { variables, network, headers } = connector
  const verifyPath = verify === undefined ? undefined : connector.endpoints[verify]?.path
  const urls = { baseUrl, origins, verifyPath, variables, headers, network }
  const secrets = await secretDigests(auth, keyring)
  const what = { ...urls, auth, expired, maxLeaseAgeMs, secrets, reader: READER }
  return createHash('sha256').update(canonicalJson(what)).digest('hex').slice(0, 16)
}

/** A secret that is missing changes the fingerprint when it comes. */
async function secretDigests(auth: unknown, keyring: FingerprintKey): Promise<readonly string[]> {
  if (keyring.keyIds.length === 0) return []
  const names = [...new Set(referencesIn(auth))].sort()
  return await Promise.all(
    names.map(async (name) => {
      const value = await resolveDefinitionSecret({ secret: name }).catch(() => undefined)
      const text = JSON.stringify(['tokenkeeper definition', name, value?.reveal() ?? null])
      return keyring.fingerprint(new Secret(text))
    }),
  )
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return isSecretReference(value) ? [value.secret] : Object.values(value).flatMap(referencesIn)
}
