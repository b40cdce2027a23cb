import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { authorizationCode, defineConnector, get, secret } from '../../src/connectors/index.js'
import { type LeaseRequest, TOKEN_SIGNALS } from '../../src/contract/messages.js'
import { tokenWorkflowStart } from '../../src/contract/token-workflow-start.js'
import { utf8Length } from '../../src/contract/outside-values.js'
import { STORY_LENGTH } from '../../workflows/token/parts/story.js'
import { CARRIED_BYTES, jsonBytes } from '../../workflows/token/carried.js'
import type { TokenSnapshot } from '../../workflows/token/token-parts.js'
import { WAITERS_BYTES } from '../../workflows/token/parts/queue.js'
import {
  type LoopbackServer,
  readBody,
  sendJson,
  startLoopbackServer,
} from '../fixtures/loopback-server.js'
import {
  connectClient,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'
import { failedTasks, historiesOf } from '../integration/failed-tasks.js'
import { testBundle } from '../integration/stage.js'
import { until } from '../integration/until.js'
import type { Heard } from '../integration/workflows.js'

/** By `npm run soak -- --waiters <number>`. */
const WAITERS = Number(process.env['SOAK_WAITERS'] ?? 20_000)
const SIGNALS_PER_RUN = Math.min(2000, 0.6 * WAITERS)
/** Each takes two answers a request, and a run of it 10,000 signals. */
const FLOWS = Math.max(8, WAITERS / 1000)
const everyone = Array.from({ length: WAITERS }, (_none, n) => n)
/** The server takes no more in one run. */
const MOST_SIGNALS = 10_000
const LANES = 64
const KIB = 1024
const TIMEOUT_MS = 60_000 + 60 * WAITERS
/** The longest token that is taken. */
const LONGEST = 32 * KIB
const RUN = randomUUID().slice(0, 8)
const ID = `crowd-${RUN}`
const TASK_QUEUE = `crowd-${RUN}`
const TOKEN_ID = `token:${ID}:x`
/** A quarter of the flows have short names, the others the longest that a server takes. */
const names = Array.from({ length: FLOWS }, (_none, n) =>
  `flow-${RUN}-${String(n)}-`.padEnd(n % 4 === 0 ? 47 : 1000, 'x'),
)
let tokens: LoopbackServer
let keeper: Keeper
let test: TestClient

beforeAll(async () => {
  let issued = 0
  tokens = await startLoopbackServer(async (request, response) => {
    const form = new URLSearchParams(await readBody(request))
    if (form.get('refresh_token')?.startsWith('later') === true) {
      sendJson(response, 503, {}, { 'retry-after': '3600' })
      return
    }
    issued += 1
    sendJson(response, 200, {
      access_token: `access-${String(issued)}-`.padEnd(4 * KIB, 'x'),
      refresh_token: `refresh-${String(issued)}-`.padEnd(LONGEST, 'x'),
      token_type: 'bearer',
      expires_in: 3600,
    })
  })
  const { file, publicKey } = await makeKey()
  process.env['TEST_CROWD_SECRET'] = 'crowd'
  keeper = await startKeeper(inject('temporalAddress'), {
    taskQueue: TASK_QUEUE,
    keyFiles: [file],
    connectors: [
      defineConnector({
        id: ID,
        baseUrl: tokens.origin,
        auth: authorizationCode({
          authorizationUrl: `${tokens.origin}/auth`,
          tokenUrl: `${tokens.origin}/token`,
          clientId: 'crowd',
          clientSecret: secret('env:TEST_CROWD_SECRET'),
        }),
        endpoints: { me: get('/me') },
      }),
    ],
    workflowBundle: await testBundle(),
  })
  test = await connectClient(inject('temporalAddress'), TASK_QUEUE, publicKey)
})
afterAll(async () => {
  await keeper.stop()
  for (const workflowId of [TOKEN_ID, ...names])
    await test.client.workflow.getHandle(workflowId).terminate('end of the test')
  await test.close()
  await tokens.stop()
})

/** Gives the longest of each: a life story, a grant, twenty credentials that their provider puts off, twenty authorizations. */
async function fill(): Promise<void> {
  await test.client.workflow.start('tokenWorkflow', {
    ...tokenWorkflowStart({ connector: ID, account: 'x' }, TASK_QUEUE),
    args: [{ connection: `${ID}/x`, signalsPerRun: SIGNALS_PER_RUN }],
  })
  await test.keeper.connect(ID, 'x', { refreshToken: 'refresh-0-'.padEnd(LONGEST, 'x') })
  for (let n = 0; n < 60; n += 10)
    await Promise.all(
      Array.from({ length: 10 }, async (_none, lane) => {
        const reference = `env:REFUSED_${String(n + lane)}`.padEnd(400, 'x')
        const refused = test.keeper.rotate(ID, 'x', { reference })
        await expect(refused).rejects.toMatchObject({ code: 'ReferenceRefused' })
      }),
    )
  for (let n = 0; n < 20; n += 1) {
    const refreshToken = `later-${String(n)}-`.padEnd(6.5 * KIB, 'x')
    const putOff = test.keeper.rotate(ID, 'x', { refreshToken })
    await expect(putOff).rejects.toMatchObject({ code: 'RateLimited' })
  }
  for (let n = 0; n < 20; n += 1)
    await test.keeper.beginAuthorization(ID, 'x', {
      redirectUri: 'http://127.0.0.1/callback?'.padEnd(4000, 'r'),
      scope: 's'.repeat(4000),
    })
}

const requestOf = (n: number): LeaseRequest => ({
  requestId: `request-${String(n)}`,
  replyTo: names[n % FLOWS] ?? '',
  minValidityMs: 0,
})

let refused = 0

/** Asks as a flow does: again where the server takes no more signals for this run. */
async function ask(numbers: readonly number[]): Promise<void> {
  const handle = test.client.workflow.getHandle(TOKEN_ID)
  const isTaken = (n: number): Promise<boolean> =>
    handle.signal(TOKEN_SIGNALS.lease, requestOf(n)).then(
      () => true,
      (error: unknown) => {
        expect(String((error as Error).cause)).toContain('limit for signal events')
        refused += 1
        return false
      },
    )
  const lanes = Array.from({ length: LANES }, (_none, lane) => lane)
  await Promise.all(
    lanes.map(async (lane) => {
      for (let at = lane; at < numbers.length; at += LANES)
        await until(() => isTaken(numbers[at] ?? 0), Boolean, TIMEOUT_MS)
    }),
  )
}

/** The requests, by the last answer of each. */
async function heard() {
  const all = await Promise.all(
    names.map((name) => test.client.workflow.getHandle(name).query<Heard>('heard')),
  )
  const answers = Object.assign({}, ...all) as Heard
  const of = (outcome?: string): number[] =>
    everyone.filter((n) => answers[requestOf(n).requestId]?.outcome === outcome)
  return {
    unheard: of(),
    waiting: of('waiting'),
    away: of('away'),
    granted: of('granted'),
    denied: of('denied'),
    twice: Object.values(answers).filter(({ leases }) => leases > 1).length,
  }
}

/** What they have heard when the connection has nothing more to say: it counts whom it could not tell anything. */
async function heardAll(askedAgain: number) {
  let before = -1
  const look = async () => {
    const { waiting, counts } = await test.keeper.status(ID, 'x')
    const moves = waiting !== before
    before = waiting
    if (moves) return undefined
    return { waiting, untold: (counts.refusedMessages ?? 0) - askedAgain, told: await heard() }
  }
  const seen = await until(
    look,
    (now) =>
      now !== undefined &&
      now.told.waiting.length === now.waiting &&
      now.told.unheard.length === now.untold,
    TIMEOUT_MS,
  )
  return seen?.told ?? (await heard())
}

async function countRuns(): Promise<number> {
  return (await historiesOf(test.client, TOKEN_ID)).length
}

/**
 * Every run was handed all of it, within its budget, and no workflow task failed.
 * @param filledIn the number of runs in which it was given
 * @param endedIn the number of runs before it was taken away
 */
async function checkRuns(filledIn: number, endedIn: number) {
  const histories = await historiesOf(test.client, TOKEN_ID)
  // The latest stands first.
  const held = histories.slice(histories.length - endedIn, histories.length - filledIn)
  const inputs = held.map(({ events }) => {
    const { input } = events?.[0]?.workflowExecutionStartedEventAttributes ?? {}
    return Buffer.from(input?.payloads?.[0]?.data ?? []).toString()
  })
  expect(inputs.length).toBeGreaterThanOrEqual(Math.ceil(WAITERS / MOST_SIGNALS))
  for (const input of inputs) {
    const { snapshot } = JSON.parse(input) as { readonly snapshot: TokenSnapshot }
    expect(utf8Length(input)).toBeLessThan(CARRIED_BYTES + KIB)
    expect(jsonBytes(snapshot.queue.waiters)).toBeLessThanOrEqual(WAITERS_BYTES)
    expect(snapshot.rotations).toHaveLength(20)
    expect(snapshot.authorizations).toHaveLength(20)
    const matter = snapshot.story.events.filter(({ routine }) => routine === undefined)
    expect(matter).toHaveLength(STORY_LENGTH)
  }
  const largest = Math.max(...inputs.map((input) => utf8Length(input)))
  expect(largest).toBeGreaterThan(1000 * KIB)
  expect(failedTasks(histories)).toEqual([])
  const doneAgain = histories.map(
    ({ events }) => events?.filter((event) => event.workflowTaskFailedEventAttributes).length,
  )
  return { largest, events: histories.map(({ events }) => events?.length), doneAgain }
}

it(
  `${String(WAITERS)} flows wait, with the largest of everything: all are answered, in run after run, and the connection lives`,
  async () => {
    await Promise.all(
      names.map((workflowId) =>
        test.client.workflow.start('hearsAnswers', { taskQueue: TASK_QUEUE, workflowId }),
      ),
    )
    const times = [Date.now()]
    await fill()
    await test.keeper.pause(ID, 'x')
    const filledIn = await countRuns()
    times.push(Date.now())
    await ask(everyone)
    times.push(Date.now())
    let told = await heardAll(0)
    times.push(Date.now())
    const unheard = [told.unheard.length]
    // Flows that hear nothing ask again after a few minutes.
    for (let again = 0; told.unheard.length > 0;) {
      again += told.unheard.length
      await ask(told.unheard)
      told = await heardAll(again)
      unheard.push(told.unheard.length)
    }
    times.push(Date.now())
    expect(told.away.length).toBeGreaterThan(0)
    expect(told.waiting.length).toBeGreaterThan(100)
    expect(told.waiting.length + told.away.length).toBe(WAITERS)

    // Who waits is remembered by run after run, and who was sent away asks again.
    const [away = -1] = told.away
    await test.keeper.resume(ID, 'x')
    await test.keeper.refresh(ID, 'x')
    await ask([away])
    await until(heard, ({ granted }) => granted.length > 20 && granted.includes(away), 60_000)
    expect(await test.keeper.status(ID, 'x')).toMatchObject({ status: 'active', generation: 2 })
    const endedIn = await countRuns()
    await test.keeper.revoke(ID, 'x')
    const last = await until(heard, ({ waiting }) => waiting.length === 0, 60_000)
    times.push(Date.now())
    expect(last).toMatchObject({ unheard: [], twice: 0 })
    expect(last.granted.length + last.denied.length + last.away.length).toBe(WAITERS)
    expect(last.denied.length).toBeGreaterThan(100)

    const checked = await checkRuns(filledIn, endedIn)
    const seconds = times.slice(1).map((time, at) => Math.round((time - (times[at] ?? 0)) / 1000))
    const sentAway = told.away.length
    console.info(
      'crowd',
      JSON.stringify({ waiters: WAITERS, seconds, refused, unheard, sentAway, ...checked }),
    )
  },
  3 * TIMEOUT_MS,
)
