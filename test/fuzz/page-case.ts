import { ApplicationFailure } from '@temporalio/common'
import { failureCode } from '../../src/contract/failure.js'
import type { SyncCheckpoint } from '../../src/contract/sync.js'
import { pageBody } from './body-texts.js'
import { wrongAtTheEnd, wrongInResult } from './check-ended.js'
import type { Dice } from './dice.js'
import { type ExactJson, isSame, memberOf, readExactly } from './exact-json.js'
import { type FuzzCase, isStalling, MOST_TRIES } from './fuzz-case.js'
import type { FuzzStage } from './fuzz-stage.js'
import { wireAnswer, type WireAnswer } from './wire-answer.js'

const GOOD = '{"orders":[{"id":"good","total":12345678901234567890.25}]}'
const START: SyncCheckpoint = { counters: { pages: 0, read: 0, written: 0 } }
/** A checkpoint is a part of the history, and of every heartbeat. */
const MOST_BYTES = 20_000

/**
 * Slices of a sync, each from the place where the one before ended, until it is done. What came out of it
 * is what the pages had, whole, in their order, and nothing of it twice.
 */
export async function pageCase(stage: FuzzStage, dice: Dice, id: string): Promise<FuzzCase> {
  const style = dice.pick(['pages', 'pages', 'pages.cursor', 'pages.link', 'pages.numbered'])
  const made = Array.from({ length: 1 + dice.number(3) }, () => {
    const page = pageBody(dice, `${stage.server.origin}/p${id}/pages`)
    return { answer: wireAnswer(dice, { text: page.text, plain: 0.5 }), ...page }
  })
  const answers = made.map(({ answer }) => answer)
  const stalls = isStalling(answers)
  const endpoint = stalls ? 'pages.quick' : style
  const name = `p${id}`
  const served: (WireAnswer | undefined)[] = []
  // Numbered pages end with one that is empty.
  const goodOnes: string[] = []
  const good = (): string => {
    const text = goodOnes.length === 0 || style !== 'pages.numbered' ? GOOD : '{"orders":[]}'
    goodOnes.push(text)
    return text
  }
  stage.server.scripts.set(name, { answers, good, served })
  const connection = `${dice.pick(['header', 'query'])}/${name}`
  const fromLease = await stage.lease(connection)
  const wrong = (why: string): FuzzCase => ({
    served,
    wrong: `${endpoint} of ${connection}: ${why}`,
  })
  let checkpoint = START
  let lineage = `${name}-0`
  /** Of this lineage. */
  let first = 0

  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const from = served.length
    const ended = await stage.run('tokenkeeper.sync', {
      from: { connection, endpoint: served.length >= answers.length ? style : endpoint },
      to: { sink: 'keep' },
      fromLease,
      lineage,
      checkpoint,
    })
    const told = wrongAtTheEnd(ended)
    if (told !== undefined) return wrong(told)
    const { result, failure } = ended
    const got = stage.sinks.get(lineage) ?? []
    checkpoint = result?.checkpoint ?? placeOf(failure) ?? checkpoint
    const tooMuch = wrongInResult({ ...result, checkpoint }, MOST_BYTES)
    if (tooMuch !== undefined) return wrong(tooMuch)
    const { written } = checkpoint.counters
    if (written !== got.length)
      return wrong(`${String(written)} said, ${String(got.length)} written`)
    const isDone = result?.outcome === 'done'
    const goodTexts = [...goodOnes]
    const readings = served.map((answer) => answer ?? goodTexts.shift() ?? GOOD)
    const lost = whatIsLost(readings.slice(first), got, isDone)
    if (lost !== undefined) return wrong(lost)
    if (isDone) {
      const last = made[served.length - 1]
      const warned = checkpoint.warnings !== undefined
      if (last?.answer.isClean === true && last.goesOn && endpoint === 'pages' && !warned)
        return wrong('done, although the page named a next one')
      return { served }
    }
    if (result?.outcome === 'wait' && result.failed === undefined) return { served }
    const code = result?.outcome === 'wait' ? result.failed?.code : failureCode(failure)
    if (result !== undefined && result.outcome !== 'wait' && result.outcome !== 'rejected')
      return wrong(`outcome ${result.outcome}`)
    // Its place is dead, or leads nowhere: a replay begins anew, as another piece of work.
    if (served.length === from || code === 'CursorRefused') {
      if (from === 0 || (tries > 0 && from === first))
        return wrong(`nothing is asked: ${String(code)}`)
      checkpoint = START
      lineage = `${name}-${String(tries + 1)}`
      first = served.length
    }
  }
  return wrong('the sync did not come to its end')
}

function placeOf(failure: Error | undefined): SyncCheckpoint | undefined {
  const place = failure instanceof ApplicationFailure ? failure.details?.[1] : undefined
  return place as SyncCheckpoint | undefined
}

/** Every answer gave all of its records or none, in order; the last one of a sync that is done gave them. */
function whatIsLost(
  served: readonly (WireAnswer | string)[],
  got: readonly unknown[],
  isDone: boolean,
): string | undefined {
  let furthest = 0
  const fits = (index: number, at: number): boolean => {
    furthest = Math.max(furthest, at)
    const answer = served[index]
    if (answer === undefined) return at === got.length
    const isGood = typeof answer === 'string' || answer.isClean
    const texts = typeof answer === 'string' ? [answer] : answer.readings
    const lists = texts.flatMap((text) => listIn(readExactly(text)) ?? [])
    const gives = (list: readonly ExactJson[]): boolean =>
      list.length <= got.length - at &&
      list.every((one, offset) => isSame(one, got[at + offset])) &&
      fits(index + 1, at + list.length)
    if (lists.some(gives)) return true
    const mustGive = isDone && isGood && index === served.length - 1 && lists.length > 0
    return !mustGive && fits(index + 1, at)
  }
  if (fits(0, 0)) return undefined
  const odd = JSON.stringify(got[furthest], (_key, value: unknown) =>
    typeof value === 'bigint' ? `${String(value)}n` : value,
  ) as string | undefined
  return `of ${String(got.length)} records ${String(furthest)} are of pages: ${String(odd).slice(0, 300)}`
}

/** As a list of one list: there may be none. */
function listIn(body: ExactJson | undefined): readonly (readonly ExactJson[])[] | undefined {
  const list = memberOf(body, 'orders')
  return list?.kind === 'list' ? [list.parts] : undefined
}

/** One look at a place, as before a replay. */
export async function probeCase(stage: FuzzStage, dice: Dice, id: string): Promise<FuzzCase> {
  const name = `q${id}`
  const { text } = pageBody(dice, `${stage.server.origin}/${name}/pages`)
  const answers = [wireAnswer(dice, { text, plain: 0.3 })]
  const served: (WireAnswer | undefined)[] = []
  stage.server.scripts.set(name, { answers, good: () => GOOD, served })
  const connection = `${dice.pick(['header', 'query'])}/${name}`
  const endpoint = isStalling(answers) ? 'pages.quick' : dice.pick(['pages', 'pages.link'])
  const ended = await stage.run('tokenkeeper.probe-page', {
    from: { connection, endpoint },
    lease: await stage.lease(connection),
    checkpoint: START,
  })
  const { result } = ended
  const told = wrongAtTheEnd(ended) ?? wrongInResult(result, MOST_BYTES)
  const wrong = (why: string): FuzzCase => ({
    served,
    wrong: `${endpoint} of ${connection}: ${why}`,
  })
  if (told !== undefined) return wrong(told)
  const [last] = served
  if (result?.outcome !== 'readable' || last === undefined) return { served }
  const isRight = last.readings.some((one) => one.trim() === '' || readExactly(one) !== undefined)
  return isRight || [204, 205, 304].includes(last.status)
    ? { served }
    : wrong('readable, and it is not')
}
