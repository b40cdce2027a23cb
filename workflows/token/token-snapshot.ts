import type { TokenParts } from './token-parts.js'

/** The version of the form in which a run hands its state to the next one. */
const VERSION = 1

/** The state of a token workflow as plain JSON: what continue-as-new carries. */
export interface TokenSnapshot extends Readonly<TokenParts> {
  readonly version: typeof VERSION
}

export interface TokenWorkflowInput {
  /** `shopify/acme` */
  readonly connection: string
  /** What the run before carries over; nobody else gives it. */
  readonly snapshot?: TokenSnapshot | undefined
  /** The run that recorded the last result of the runs before. */
  readonly carriedRunId?: string | undefined
  /** Continues as new after so many signals; the server refuses more than 10,000 a run. Default 2,000. */
  readonly signalsPerRun?: number | undefined
}

export function toSnapshot(parts: TokenParts): TokenSnapshot {
  return { version: VERSION, ...parts }
}

/**
 * The only reader of a snapshot; undefined: it is of a form that this worker does not know. A form that
 * changes gets another version, and what the older one said is put into the parts here.
 */
export function readSnapshot({ version, ...parts }: TokenSnapshot): TokenParts | undefined {
  return (version as number | undefined) === VERSION ? { ...parts } : undefined
}
