/** What came of a token request, when the server has looked at it. */
export type TokenAnswer =
  | { readonly outcome: 'granted'; readonly accessToken: string; readonly refreshToken: string }
  | { readonly outcome: 'refused' }

interface Family {
  readonly refreshTokens: Map<string, { usedAtMs?: number; next?: string }>
  revoked: boolean
}

interface Access {
  readonly family: Family
  readonly diesAtMs: number
  revoked: boolean
}

/**
 * An authorization server with refresh token rotation (RFC 9700 section 4.14.2): a used refresh token
 * that comes again after the grace window takes its whole family with it.
 */
export class SimulatedGrants {
  readonly #families = new Map<string, Family>()
  readonly #access = new Map<string, Access>()
  #count = 0
  /** Families that ended because a refresh token came twice. */
  reused = 0
  /** Hears of each, before it takes its family with it. */
  onReuse: () => void = () => undefined

  constructor(
    private readonly lifetimeMs: number,
    private readonly graceWindowMs: number,
  ) {}

  /** A person says yes: a new family. */
  authorize(): string {
    const family: Family = { refreshTokens: new Map(), revoked: false }
    return this.#refreshToken(family)
  }

  refresh(refreshToken: string, nowMs: number): TokenAnswer {
    const family = this.#families.get(refreshToken)
    const state = family?.refreshTokens.get(refreshToken)
    if (family === undefined || state === undefined || family.revoked) return { outcome: 'refused' }
    if (state.usedAtMs !== undefined) {
      if (state.next !== undefined && nowMs - state.usedAtMs <= this.graceWindowMs)
        return this.#issue(family, state.next, nowMs)
      this.reused += 1
      this.onReuse()
      this.#end(family)
      return { outcome: 'refused' }
    }
    state.usedAtMs = nowMs
    state.next = this.#refreshToken(family)
    return this.#issue(family, state.next, nowMs)
  }

  revokeToken(accessToken: string): void {
    const access = this.#access.get(accessToken)
    if (access !== undefined) access.revoked = true
  }

  /** Ends every access token of a refresh token's family; the family lives. */
  revokeTokensOf(refreshToken: string): void {
    const family = this.#families.get(refreshToken)
    for (const access of this.#access.values()) if (access.family === family) access.revoked = true
  }

  /** Ends the family of a refresh token, and every access token of it. */
  revokeGrant(refreshToken: string): void {
    const family = this.#families.get(refreshToken)
    if (family !== undefined) this.#end(family)
  }

  /** How an API would judge a token now. `too-old`: nobody ended it, its time was over. */
  judge(accessToken: string, nowMs: number): 'good' | 'revoked' | 'too-old' | 'unknown' {
    const access = this.#access.get(accessToken)
    if (access === undefined) return 'unknown'
    if (access.revoked) return 'revoked'
    return nowMs < access.diesAtMs ? 'good' : 'too-old'
  }

  #issue(family: Family, refreshToken: string, nowMs: number): TokenAnswer {
    this.#count += 1
    const accessToken = `access-${String(this.#count)}`
    this.#access.set(accessToken, { family, diesAtMs: nowMs + this.lifetimeMs, revoked: false })
    return { outcome: 'granted', accessToken, refreshToken }
  }

  #refreshToken(family: Family): string {
    this.#count += 1
    const refreshToken = `refresh-${String(this.#count)}`
    family.refreshTokens.set(refreshToken, {})
    this.#families.set(refreshToken, family)
    return refreshToken
  }

  #end(family: Family): void {
    family.revoked = true
    const [refreshToken = ''] = family.refreshTokens.keys()
    this.revokeTokensOf(refreshToken)
  }
}
