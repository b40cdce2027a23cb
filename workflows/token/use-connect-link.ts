import type { ConnectLinkResult, ConnectLinkUse } from '../../src/contract/connect-form.js'
import { releaseLink, spendLink } from './parts/connect-links.js'
import type { TokenParts } from './token-parts.js'

const LINK_MESSAGES = {
  LinkUsed: (connection: string) =>
    `This link to connect ${connection} was used already: a link is good for one connection. Ask for a new one.`,
  LinkExpired: (connection: string) =>
    `This link to connect ${connection} has ended. Ask for a new one.`,
  TooManyTries: (connection: string) =>
    `Too much was tried with links to connect ${connection}: wait until they have ended, then ask for a new one.`,
} as const

/** Takes a connect link, so that no other process can take it, or gives it back. */
export function useConnectLink(
  parts: TokenParts,
  use: ConnectLinkUse,
  nowMs: number,
): ConnectLinkResult {
  const links = parts.connectLinks ?? []
  if (use.as === 'release') {
    parts.connectLinks = releaseLink(links, use)
    return { outcome: 'taken' }
  }
  const spent = spendLink(links, use, nowMs)
  if (spent.outcome === 'refused')
    return { ...spent, message: LINK_MESSAGES[spent.code](parts.connection) }
  if (use.as === 'spend') parts.connectLinks = spent.links
  return { outcome: 'taken' }
}
