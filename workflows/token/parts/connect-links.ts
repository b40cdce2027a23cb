import { type ConnectLinkUse, LINK_GRACE_MS } from '../../../src/contract/connect-form.js'

/** A link that was used: it is good for one connection. */
interface UsedLink {
  readonly linkHash: string
  readonly forgetAtMs: number
  /** How often something was tried with it. */
  readonly tries: number
  /** What it was used for came to nothing: it may be used again. */
  readonly released?: true | undefined
}

/** Oldest first. */
export type ConnectLinksPart = readonly UsedLink[]

/** How many links of one connection are remembered at once. */
const MAX_LINKS = 100
/** A link is no way to try out credentials: providers lock accounts after some wrong passwords. */
const MAX_LINK_TRIES = 10

/** Takes a link, or says why it can't be taken. */
export function spendLink(
  part: ConnectLinksPart,
  { linkHash, expiresAtMs }: ConnectLinkUse,
  nowMs: number,
):
  | { readonly outcome: 'taken'; readonly links: ConnectLinksPart }
  | { readonly outcome: 'refused'; readonly code: 'LinkUsed' | 'LinkExpired' | 'TooManyTries' } {
  const remembered = part.filter(({ forgetAtMs }) => nowMs < forgetAtMs)
  const forgetAtMs = expiresAtMs + LINK_GRACE_MS
  if (nowMs >= forgetAtMs) return { outcome: 'refused', code: 'LinkExpired' }
  const known = remembered.find((one) => one.linkHash === linkHash)
  if (known !== undefined && known.released !== true)
    return { outcome: 'refused', code: 'LinkUsed' }
  const tries = (known?.tries ?? 0) + 1
  // One that can't be remembered can't be good for once either.
  if (tries > MAX_LINK_TRIES || (known === undefined && remembered.length >= MAX_LINKS))
    return { outcome: 'refused', code: 'TooManyTries' }
  const others = remembered.filter((one) => one !== known)
  return { outcome: 'taken', links: [...others, { linkHash, forgetAtMs, tries }] }
}

/** Gives a link back. */
export function releaseLink(
  part: ConnectLinksPart,
  { linkHash }: Pick<ConnectLinkUse, 'linkHash'>,
): ConnectLinksPart {
  return part.map((one) => (one.linkHash === linkHash ? { ...one, released: true } : one))
}
