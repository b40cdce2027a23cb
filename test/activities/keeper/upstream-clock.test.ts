import { expect, test } from 'vitest'
import {
  clockNote,
  type DatedAnswer,
  UpstreamClock,
} from '../../../activities/keeper/upstream-clock.js'

const LOCAL_MS = Date.UTC(2026, 10, 25, 12, 0, 0)

/** An upstream whose clock is off: it refuses what is signed more than 30 s from its own time. */
function strictUpstream(offMs: number, more: { status?: number; headers?: object } = {}) {
  const signedMs: number[] = []
  const send = (now: () => number): Promise<DatedAnswer> => {
    signedMs.push(now())
    const itsMs = LOCAL_MS + offMs
    const fits = Math.abs(now() - itsMs) <= 30_000
    const headers = { date: new Date(itsMs).toUTCString(), ...more.headers }
    return Promise.resolve({ status: fits ? (more.status ?? 200) : 401, headers })
  }
  return { send, signedMs }
}

const clock = (offsets: Map<string, number>, connection = 'shop/acme') =>
  new UpstreamClock(offsets, connection, () => LOCAL_MS)

test.each([600_000, -600_000, 11 * 3_600_000])(
  'a refusal by a clock that is %d ms off is repeated once, and the next request is signed right at once',
  async (offMs) => {
    const worker = new Map<string, number>()
    const { send, signedMs } = strictUpstream(offMs)
    expect((await clock(worker).send(send)).answer.status).toBe(200)
    expect(signedMs).toEqual([LOCAL_MS, LOCAL_MS + offMs + 500])
    expect((await clock(worker).send(send)).answer.status).toBe(200)
    expect(signedMs).toHaveLength(3)
  },
)

test('what one connection learned is of no use to another, nor to another worker', async () => {
  const worker = new Map<string, number>()
  const { send, signedMs } = strictUpstream(600_000)
  await clock(worker).send(send)
  await clock(worker, 'shop/other').send(send)
  await clock(new Map()).send(send)
  expect(signedMs.filter((one) => one === LOCAL_MS)).toHaveLength(3)
})

test('a clock that was mended is noticed, and its offset forgotten', async () => {
  const worker = new Map<string, number>()
  await clock(worker).send(strictUpstream(600_000).send)
  const right = strictUpstream(0)
  expect((await clock(worker).send(right.send)).answer.status).toBe(200)
  expect(right.signedMs).toHaveLength(2)
  await clock(worker).send(right.send)
  expect(right.signedMs.at(-1)).toBe(LOCAL_MS)
})

test('clocks that agree: a refusal is a refusal, sent once and without a note', async () => {
  const { send, signedMs } = strictUpstream(2000, { status: 401 })
  expect(await clock(new Map()).send(send)).toEqual({
    answer: expect.objectContaining({ status: 401 }) as unknown,
  })
  expect(signedMs).toHaveLength(1)
})

test('a wrong credential while the clock is off is told apart, and the offset is not kept', async () => {
  const worker = new Map<string, number>()
  const { send, signedMs } = strictUpstream(600_000, { status: 401 })
  const { answer, offMs } = await clock(worker).send(send)
  expect(answer.status).toBe(401)
  expect(signedMs).toHaveLength(2)
  expect(clockNote(offMs ?? 0)).toBe(
    "this worker's clock is off by 601 s against the upstream (behind); signed with the upstream's time it was refused all the same, so look at the credential",
  )
  await clock(worker).send(send)
  expect(signedMs[2]).toBe(LOCAL_MS)
})

test('a clock that is off by more than half a day is told, not corrected for', async () => {
  const { send, signedMs } = strictUpstream(-13 * 3_600_000)
  const { offMs } = await clock(new Map()).send(send)
  expect(signedMs).toHaveLength(1)
  expect(clockNote(offMs ?? 0)).toMatch(
    /off by 46800 s against the upstream \(ahead\), too far to be corrected for: set the clock/,
  )
})

test.each([
  ['no date', { date: undefined }],
  ['a date that is none', { date: 'tomorrow' }],
  ['a date that no clock can show', { date: 'Wed, 99 Nov 2026 12:00:00 GMT' }],
  ['an answer out of a cache', { age: '600' }],
])('%s teaches nothing', async (_name, headers) => {
  const { send, signedMs } = strictUpstream(600_000, { headers })
  expect((await clock(new Map()).send(send)).offMs).toBeUndefined()
  expect(signedMs).toHaveLength(1)
})

test('other refusals are not for the clock to mend', async () => {
  for (const status of [200, 404, 409, 429, 500]) {
    const { send, signedMs } = strictUpstream(600_000)
    await clock(new Map()).send(async (now) => ({ ...(await send(now)), status }))
    expect(signedMs).toHaveLength(1)
  }
})

test('a slow answer makes the comparison as vague as it was slow', async () => {
  let nowMs = LOCAL_MS
  let sent = 0
  const slow = new UpstreamClock(new Map(), 'shop/acme', () => nowMs)
  await slow.send(() => {
    sent += 1
    nowMs += 20_000
    return Promise.resolve({ status: 401, headers: { date: new Date(LOCAL_MS).toUTCString() } })
  })
  expect(sent).toBe(1)
})
