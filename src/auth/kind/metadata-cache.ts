/** Keeps what discovery found, for minutes: a provider's endpoints seldom move. One a process. */
export interface MetadataCache {
  readonly get: (issuer: string, nowMs: number) => object | undefined
  readonly set: (issuer: string, metadata: object, nowMs: number) => void
}

/** Connections of one connector may have an issuer each (`{account}`). */
const MOST_ISSUERS = 1000

export function createMetadataCache(lifetimeMs = 300_000): MetadataCache {
  const entries = new Map<string, { readonly metadata: object; readonly untilMs: number }>()
  return {
    get: (issuer, nowMs) => {
      const entry = entries.get(issuer)
      return entry !== undefined && nowMs < entry.untilMs ? entry.metadata : undefined
    },
    set: (issuer, metadata, nowMs) => {
      entries.delete(issuer)
      const [oldest] = entries.keys()
      if (entries.size >= MOST_ISSUERS && oldest !== undefined) entries.delete(oldest)
      entries.set(issuer, { metadata, untilMs: nowMs + lifetimeMs })
    },
  }
}
