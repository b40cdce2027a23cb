/** A provider's endpoints seldom move. */
const METADATA_LIFETIME_MS = 300_000
/** Connections of one connector may have an issuer each (`{account}`). */
const MOST_PROVIDERS = 1000

/** What was learned of providers while tokens were asked for, each thing by its URL. One a process. */
export class KnownProviders {
  readonly #metadata = new Map<string, { readonly metadata: object; readonly untilMs: number }>()
  readonly #clockOffsets = new Map<string, number>()

  /** The metadata that discovery found at an issuer within the last minutes. */
  metadataOf(issuer: string, nowMs: number): object | undefined {
    const entry = this.#metadata.get(issuer)
    return entry !== undefined && nowMs < entry.untilMs ? entry.metadata : undefined
  }

  keepMetadata(issuer: string, metadata: object, nowMs: number): void {
    keep(this.#metadata, issuer, { metadata, untilMs: nowMs + METADATA_LIFETIME_MS })
  }

  /** How far the clock of a token endpoint is ahead of this worker's, in milliseconds. */
  clockOffsetMs(tokenUrl: string): number {
    return this.#clockOffsets.get(tokenUrl) ?? 0
  }

  keepClockOffset(tokenUrl: string, offsetMs: number): void {
    if (offsetMs === 0) this.#clockOffsets.delete(tokenUrl)
    else keep(this.#clockOffsets, tokenUrl, offsetMs)
  }
}

/** The latest is kept, and the oldest of too many forgotten. */
function keep<T>(entries: Map<string, T>, key: string, value: T): void {
  entries.delete(key)
  const [oldest] = entries.keys()
  if (entries.size >= MOST_PROVIDERS && oldest !== undefined) entries.delete(oldest)
  entries.set(key, value)
}
