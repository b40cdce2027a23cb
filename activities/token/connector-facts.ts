import type { Connector } from '../../src/connectors/connector.js'
import { MAX_LEASE_AGE_MS } from '../../src/contract/lease.js'
import type { ConnectorFacts } from '../../src/contract/connector-facts.js'
import { DAY_MS } from '../../src/contract/duration.js'
import { authKindOf } from '../../src/auth/registry.js'
import type { Keyring } from '../../src/sealing/keyring.js'
import { definitionFingerprint } from './definition-fingerprint.js'

/** What the token workflow has to know of a connector, as plain data. */
export async function connectorFacts(
  connector: Connector,
  keyring: Pick<Keyring, 'keyIds' | 'fingerprint'>,
): Promise<ConnectorFacts> {
  const kind = authKindOf(connector.auth)
  const own = kind.policy?.(connector.auth)
  const { clientSecretExpiresAt, revocationEnds } = connector.auth as {
    readonly clientSecretExpiresAt?: string | undefined
    readonly revocationEnds?: string | undefined
  }
  return {
    kind: kind.kind,
    fingerprint: await definitionFingerprint(connector, keyring),
    refreshes: kind.refreshes(connector.auth),
    consumesGrant: kind.consumesGrant(connector.auth),
    clientSecretExpiresAtMs:
      clientSecretExpiresAt === undefined
        ? undefined
        : Date.parse(`${clientSecretExpiresAt}T00:00:00Z`),
    hasVerify: connector.verify !== undefined,
    revokes: kind.revoke !== undefined,
    revokesOneGrant: kind.revoke === undefined ? undefined : revocationEnds !== 'account',
    authorizes: kind.authorizationUrl !== undefined,
    policy: {
      earlyRefresh: 'allowed',
      refreshRevokesAccess: false,
      // Keeps a provider that hands out dead tokens from being asked in a loop.
      minRefreshGapMs: 1000,
      mode: 'used',
      usedWithinMs: DAY_MS,
      catchUpMs: 300_000,
      ...own,
      maxLeaseAgeMs: connector.maxLeaseAgeMs ?? MAX_LEASE_AGE_MS,
    },
  }
}
