/** No request may start any more under the lease of this connection. Never leaves an activity. */
export class LeaseExpired extends Error {
  constructor(readonly connection: string) {
    super('lease expired')
  }
}

/** The upstream asked for a pause; nothing was applied. Never leaves an activity. */
export class UpstreamWait extends Error {
  constructor(
    readonly connection: string,
    readonly waitMs: number,
    readonly reason: string,
  ) {
    super('wait')
  }
}
