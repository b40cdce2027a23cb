/** The short workflow that asks the keeper workers of a task queue how they are. */
export const KEEPER_REPORT_FLOW = 'keeperReportFlow'

export interface KeeperReportInput {
  /** How many times it is asked: whichever worker is free answers. 1 to 100. */
  readonly times: number
}

/** What one keeper worker says of itself. Nothing of it is secret. */
export interface KeeperReport {
  /** The identity by which the server knows the worker. */
  readonly identity: string
  /** The versions of tokenkeeper, Temporal's SDK and Node. */
  readonly versions: { readonly tokenkeeper: string; readonly sdk: string; readonly node: string }
  /** The ids of its sealing keys, oldest first: the last one seals. */
  readonly keyIds: readonly string[]
  readonly connectors: readonly { readonly id: string; readonly kind: string }[]
  /** How far its clock is ahead of the Temporal server's, in milliseconds; too high by the time that it took to start. */
  readonly clockAheadMs: number
  readonly proxy: ProxyReport
}

export interface ProxyReport {
  /** The variables of the environment that name a proxy, or what goes without: names, no values. */
  readonly variables: readonly string[]
  /** What is wrong with them. */
  readonly problem?: string | undefined
}

export interface KeeperReportResult {
  /** When the report was started, by the server's clock. */
  readonly startedAtMs: number
  /** One for each worker that answered. */
  readonly reports: readonly KeeperReport[]
}

/** Activities of the keeper worker itself. */
export interface KeeperActivities {
  'tokenkeeper.report': () => Promise<KeeperReport>
}
