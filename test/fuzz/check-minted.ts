import type { MintResult } from '../../src/contract/token-activities.js'
import { readExactly, scalarsOf } from './exact-json.js'
import type { FuzzStage } from './fuzz-stage.js'
import type { TokenText } from './token-texts.js'
import type { WireAnswer } from './wire-answer.js'

export interface Minting {
  readonly stage: FuzzStage
  readonly connection: string
  readonly result: Exclude<MintResult, { outcome: 'rolled_back' }>
  readonly answer: WireAnswer
  readonly text: TokenText
  /** The refresh token that was sent. */
  readonly old: string
}

const HUNDRED_YEARS_MS = 100 * 366 * 86_400_000
const DAY_MS = 86_400_000

/** What is wrong with what came of one refresh; undefined: nothing. */
export async function wrongMint(minting: Minting): Promise<string | undefined> {
  const { result, answer, text, stage, connection, old } = minting
  if (result.outcome === 'failed') return wrongFailure(minting, result)
  if (answer.status < 200 || answer.status > 299)
    return `a token from HTTP ${String(answer.status)}`
  const { accessToken = '' } = await stage.open(result.token, connection, 'token')
  const { refreshToken = '' } = await stage.open(result.grant, connection, 'grant')
  for (const token of [accessToken, refreshToken]) {
    if (token !== old && !isSent(token, answer))
      return `a token that was not sent: ${token.slice(0, 300)}`
    if (token.includes('\uFFFD')) return 'a token with a replacement character'
  }
  const { meant } = text
  if (meant !== undefined && answer.isClean) {
    if (accessToken !== meant.access) return `not the access token: ${accessToken}`
    if (refreshToken !== (meant.renewal ?? old)) return `not the refresh token: ${refreshToken}`
    if (meant.seconds !== undefined && result.lifetimeMs !== meant.seconds * 1000)
      return `not the lifetime: ${String(result.lifetimeMs)}`
  }
  const { lifetimeMs = 1 } = result
  if (!Number.isSafeInteger(lifetimeMs) || lifetimeMs <= 0 || lifetimeMs > HUNDRED_YEARS_MS)
    return `a lifetime of ${String(lifetimeMs)}`
  if (isLost(minting, refreshToken)) return 'the new refresh token is lost'
  return undefined
}

function wrongFailure(
  minting: Minting,
  {
    code,
    message,
    retryAfterMs = 0,
    class: failureClass,
  }: Extract<MintResult, { outcome: 'failed' }>,
): string | undefined {
  const { answer, text } = minting
  if (!/^[\w.-]{1,64}$/.test(code)) return `the code ${code}`
  if (message.length > 2000) return `a message of ${String(message.length)}`
  if (message.includes('\uFFFD')) return 'a replacement character in a message'
  if (!(retryAfterMs >= 0 && retryAfterMs <= DAY_MS)) return `a wait of ${String(retryAfterMs)}`
  if (text.meant !== undefined && answer.isClean) return `a good answer is not taken: ${message}`
  if (
    failureClass === 'invalid_grant' &&
    !/invalid_grant/.test(text.text + answer.head.toString('latin1'))
  )
    return `the grant is said to be dead by ${answer.text.slice(0, 100)}`
  return isLost(minting, '') ? `the new refresh token is lost: ${message}` : undefined
}

/** The answer came with another refresh token, and neither that nor the answer is kept. */
function isLost({ result, answer, text: { renewal } }: Minting, held: string): boolean {
  if (renewal === undefined || !answer.isWhole || answer.body.length < 30) return false
  if (answer.status < 200 || answer.status > 299 || [204, 205].includes(answer.status)) return false
  return answer.text.includes(renewal) && !held.startsWith(renewal) && result.kept === undefined
}

/** Whether a token stands in the body, in whatever way: bytes beside it that say nothing take nothing from it. */
function isSent(token: string, { readings, anyhow }: WireAnswer): boolean {
  return [...readings, anyhow].some((text) => {
    const json = readExactly(text)
    if (json !== undefined && scalarsOf(json).includes(token)) return true
    return (
      text.includes(token) ||
      new URLSearchParams(text.trim()).getAll('access_token').includes(token)
    )
  })
}
