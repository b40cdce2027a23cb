import { failureCode } from '../../src/contract/failure.js'
import { FAILURES } from '../../src/contract/failures.js'
import { anyBody } from './body-texts.js'
import { wrongAtTheEnd } from './check-ended.js'
import type { Dice } from './dice.js'
import { isSame, readExactly } from './exact-json.js'
import type { FuzzStage } from './fuzz-stage.js'
import { isStalling, type FuzzCase, MOST_TRIES } from './fuzz-case.js'
import { wireAnswer, type WireAnswer } from './wire-answer.js'

const GOOD = '{"ok":true,"total":12345678901234567890.25}'

/** One `call` after the other at one connection, until its upstream has behaved again. */
export async function callCase(stage: FuzzStage, dice: Dice, id: string): Promise<FuzzCase> {
  const answers = Array.from({ length: 1 + dice.number(2) }, () =>
    wireAnswer(dice, { text: anyBody(dice) }),
  )
  const name = `c${id}${isStalling(answers) ? 'quick' : ''}`
  const served: (WireAnswer | undefined)[] = []
  stage.server.scripts.set(name, { answers, good: () => GOOD, served })
  const connection = `${dice.pick(['header', 'query', 'signed'])}/${name}`
  const writes = dice.chance(0.25)
  const plain = writes ? 'write' : 'thing'
  const endpoint = isStalling(answers)
    ? `${plain}.quick`
    : dice.pick([plain, plain, plain, writes ? 'write' : 'thing.small'])
  const lease = await stage.lease(connection)
  const input = writes ? { body: { total: 12.5 } } : {}
  const wrong = (why: string): FuzzCase => ({
    served,
    wrong: `${endpoint} of ${connection}: ${why}`,
  })

  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const from = served.length
    const isLast = from >= answers.length
    const ended = await stage.run('tokenkeeper.call', {
      connection,
      endpoint: isLast ? plain : endpoint,
      lease,
      input,
      idempotencyKey: `key-${id}`,
    })
    const told = wrongAtTheEnd(ended)
    if (told !== undefined) return wrong(told)
    const { result, failure } = ended
    const last = served.at(-1)
    if (result?.outcome === 'done') {
      const problem = wrongResult(result.result, last)
      if (problem !== undefined) return wrong(problem)
      if (last === undefined) return { served }
      continue
    }
    // It may have been told to wait for long by an answer before.
    if (result?.outcome === 'wait') {
      if (last?.isClean === true || !answers.some(tellsOfLimit)) return wrong('waits for nothing')
      return { served }
    }
    if (result !== undefined) return wrong(`outcome ${result.outcome}`)
    const code = failureCode(failure)
    const passes = code !== undefined && FAILURES[code].retryable
    if (last === undefined && from === served.length - 1 && !passes)
      return wrong(`a good answer is refused: ${String(failure?.message)}`)
    const isSmall = endpoint === 'thing.small' && code === 'AnswerTooLarge'
    if (last?.isClean === true && mustBeRead(last) && !passes && !isSmall)
      return wrong(`a readable answer is refused: ${String(failure?.message)}`)
  }
  return wrong('the connection did not become usable again')
}

function tellsOfLimit({ head, status }: WireAnswer): boolean {
  return status === 429 || status === 503 || /ratelimit|retry-after/i.test(head.toString('latin1'))
}

/** What the JSON in it may be: nested as deep as is read, and no longer than is taken. */
function mustBeRead({ text }: WireAnswer): boolean {
  if (text === '') return true
  return readExactly(text) !== undefined && depthOf(text) <= 1000 && text.length < 200_000
}

function depthOf(text: string): number {
  let [depth, most] = [0, 0]
  for (const sign of text.replace(/"(?:[^"\\]|\\.){0,2000}"/g, '')) {
    if (sign === '[' || sign === '{') most = Math.max(most, (depth += 1))
    else if (sign === ']' || sign === '}') depth -= 1
  }
  return most
}

/** @param last undefined: the good answer */
function wrongResult(result: unknown, last: WireAnswer | undefined): string | undefined {
  if (last !== undefined && last.status !== 304 && (last.status < 200 || last.status > 299))
    return `HTTP ${String(last.status)} is taken as success`
  const readings = last === undefined ? [GOOD] : last.readings
  const isRight = readings.some((text) => {
    if (text === '' || text === '\uFEFF') return result === null
    const written = readExactly(text)
    return written !== undefined && isSame(written, result)
  })
  if (isRight) return undefined
  const isBare = last !== undefined && [204, 205, 304].includes(last.status) && result === null
  return isBare
    ? undefined
    : // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- JSON.stringify gives undefined for undefined
      `it is not what was sent: ${JSON.stringify(result, withBigints)?.slice(0, 300)}`
}

function withBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${String(value)}n` : value
}
