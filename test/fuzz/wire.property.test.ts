import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callCase } from './call-case.js'
import { connectionCase } from './connection-case.js'
import { createDice, type Dice } from './dice.js'
import { describeAnswer, type FuzzCase } from './fuzz-case.js'
import { pageCase, probeCase } from './page-case.js'
import { type FuzzStage, startFuzzStage } from './fuzz-stage.js'
import { besideTokensCase, tokenCase } from './token-case.js'
import { watchProcess } from './watch-process.js'

/** `FUZZ_ANSWERS=100000 FUZZ_SEED=7`: how many answers in all, and what they are made from. */
const ANSWERS = Number(process.env['FUZZ_ANSWERS'] ?? '1000')
const SEED = Number(process.env['FUZZ_SEED'] ?? '1')
/** A case alone, as a failure names it. */
const ONLY = process.env['FUZZ_CASE']
const AT_ONCE = 24
/** New activities after so many: what they keep by connection is theirs. */
const STAGE_CASES = 2000
const SHOWN = 5

type Case = (stage: FuzzStage, dice: Dice, id: string) => Promise<FuzzCase>
const KINDS: readonly { readonly name: string; readonly run: Case; readonly share: number }[] = [
  { name: 'call', run: callCase, share: 0.4 },
  { name: 'pages', run: pageCase, share: 0.2 },
  { name: 'probe', run: probeCase, share: 0.05 },
  { name: 'mint', run: tokenCase, share: 0.25 },
  { name: 'verify and revoke', run: besideTokensCase, share: 0.05 },
  { name: 'connection', run: connectionCase, share: 0.05 },
]

describe('answers as nobody would send them', () => {
  let watch: ReturnType<typeof watchProcess>
  beforeAll(() => {
    watch = watchProcess()
  })
  afterAll(() => {
    watch.stop()
  })

  it.each(KINDS)(
    '$name: each ends with what was sent or with a failure of the table',
    { timeout: 3_600_000 },
    async ({ name, run, share }) => {
      const wanted = Math.ceil(ANSWERS * share)
      const wrong: string[] = []
      let [answers, cases] = [0, 0]
      while (answers < wanted && wrong.length < SHOWN && (ONLY === undefined || cases === 0)) {
        const stage = await startFuzzStage()
        const until = cases + STAGE_CASES
        const lane = async (): Promise<void> => {
          while (answers < wanted && cases < until && wrong.length < SHOWN) {
            const seed = ONLY === undefined ? SEED * 1_000_003 + cases : Number(ONLY)
            if (ONLY !== undefined && cases > 0) return
            cases += 1
            const done = await run(stage, createDice(seed), String(seed)).catch(
              (error: unknown): FuzzCase => ({ served: [], wrong: String((error as Error).stack) }),
            )
            answers += done.served.length
            if (done.wrong === undefined) continue
            const served = done.served.map(describeAnswer).join('\n  ')
            wrong.push(
              `${done.wrong}\n  ${served}\n  again: FUZZ_CASE=${String(seed)} npx vitest run test/fuzz -t ${name}`,
            )
          }
        }
        try {
          await Promise.all(Array.from({ length: AT_ONCE }, lane))
        } finally {
          await stage.stop()
        }
      }
      expect([...wrong, ...watch.wrong()].join('\n')).toBe('')
      if (ONLY === undefined) expect(answers).toBeGreaterThanOrEqual(wanted)
    },
  )
})
