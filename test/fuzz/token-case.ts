import type { MintInput } from '../../src/contract/token-activities.js'
import { wrongAtTheEnd, wrongInResult } from './check-ended.js'
import type { Dice } from './dice.js'
import { type FuzzCase, isStalling } from './fuzz-case.js'
import type { FuzzStage } from './fuzz-stage.js'
import { wrongMint } from './check-minted.js'
import { tokenBody } from './token-texts.js'
import { wireAnswer, type WireAnswer } from './wire-answer.js'

/** Sealed tokens and a kept answer: what the workflow carries for one connection. */
const MOST_BYTES = 600_000
const OLD = 'canary-old-refresh'

const GRANTS = {
  rotating: { refreshToken: OLD },
  client: {},
  found: {},
  code: {
    code: 'canary-code',
    codeVerifier: 'canary-verifier',
    redirectUri: 'https://app.example/back',
  },
  login: { user: 'canary-user', password: 'canary-password' },
} as const

/** One token request with a grant of each kind: tokens as they were sent, and no grant lost. */
export async function tokenCase(stage: FuzzStage, dice: Dice, id: string): Promise<FuzzCase> {
  const kind = dice.pick(['rotating', 'rotating', 'rotating', 'client', 'found', 'code', 'login'])
  const texts = Array.from({ length: kind === 'rotating' ? 1 : 2 }, () => tokenBody(dice, id))
  const answers = texts.map(({ text }) =>
    wireAnswer(dice, { text, statuses: dice.chance(0.15) ? [400, 401, 403, 429, 500] : [200] }),
  )
  const name = `t${id}${isStalling(answers) ? 'quick' : ''}`
  const served: (WireAnswer | undefined)[] = []
  const good = JSON.stringify({ access_token: 'canary-good', token_type: 'bearer', expires_in: 60 })
  stage.server.scripts.set(name, { answers, good: () => good, served })
  const connection = `${kind}/${name}`
  const wrong = (why: string): FuzzCase => ({ served, wrong: `mint of ${connection}: ${why}` })
  const input: MintInput = {
    connection,
    grant: await stage.seal(GRANTS[kind], connection, 'grant'),
    attempt: 1,
    prior: 'clean',
    knownRunId: '11111111-1111-1111-1111-111111111111',
  }
  const ended = await stage.run('tokenkeeper.mint', input)
  const { result } = ended
  const told = wrongAtTheEnd(ended) ?? wrongInResult(result, MOST_BYTES)
  if (told !== undefined) return wrong(told)
  const [answer] = answers
  const [text] = texts
  if (result === undefined || result.outcome === 'rolled_back')
    return wrong(`no answer: ${String(ended.failure)}`)
  if (kind !== 'rotating' || answer === undefined || text === undefined) return { served }
  const problem = await wrongMint({ stage, connection, result, answer, text, old: OLD })
  return problem === undefined ? { served } : wrong(problem)
}

/** What is asked of a provider beside tokens: whether one works, and to end a grant. */
export async function besideTokensCase(
  stage: FuzzStage,
  dice: Dice,
  id: string,
): Promise<FuzzCase> {
  const name = `v${id}`
  const text = dice.pick([
    '{"id":12345678901234567890,"name":"A é"}',
    '{"id":"canary","name":"canary-7f3a9c51-do-not-tell"}',
    '{"error":"invalid_token"}',
    tokenBody(dice, id).text,
  ])
  const answers = [wireAnswer(dice, { text })].filter((one) => !isStalling([one]))
  const served: (WireAnswer | undefined)[] = []
  stage.server.scripts.set(name, { answers, good: () => '{"id":1,"name":"x"}', served })
  const asks = dice.chance(0.6)
  const connection = `${asks ? dice.pick(['header', 'signed', 'client']) : dice.pick(['rotating', 'login'])}/${name}`
  const token = (await stage.lease(connection)).sealed
  const grant = await stage.seal(
    GRANTS[connection.startsWith('login') ? 'login' : 'rotating'],
    connection,
    'grant',
  )
  const ended = asks
    ? await stage.run('tokenkeeper.verify', { connection, token })
    : await stage.run('tokenkeeper.revoke', { connection, grant, token })
  const isEcho = asks && text.includes('"name"')
  const told = wrongAtTheEnd(ended) ?? (isEcho ? undefined : wrongInResult(ended.result, 5000))
  if (told !== undefined)
    return { served, wrong: `${asks ? 'verify' : 'revoke'} of ${connection}: ${told}` }
  return { served }
}
