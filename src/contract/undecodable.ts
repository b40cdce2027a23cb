/** What the keeper worker's payload converter gives for a payload that it can't decode. */
export interface Undecodable {
  /** The payload's encoding, as `binary/encrypted`. */
  readonly __tokenkeeperUndecodable: string
}

/** Whether a value stands for a payload that could not be decoded. */
export function isUndecodable(value: unknown): value is Undecodable {
  return typeof value === 'object' && value !== null && '__tokenkeeperUndecodable' in value
}
