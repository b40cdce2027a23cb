import {
  changedDetails,
  type ConnectionDetails,
  type DetailsChange,
  isSameDetails,
} from '../../../src/contract/connection-details.js'

/** What is said of a connection: tags, owner, description and metadata, as they were taken in. */
export type DetailsPart = ConnectionDetails

export function startDetails(): DetailsPart {
  return {}
}

/** The same object where nothing changes. */
export function changeDetails(part: DetailsPart, change: DetailsChange): DetailsPart {
  const next = changedDetails(part, change)
  return isSameDetails(part, next) ? part : next
}
