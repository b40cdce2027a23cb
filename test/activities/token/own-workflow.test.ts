import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { beforeAll, expect, test } from 'vitest'
import { Keeper } from '../../../activities/keeper/keeper.js'
import { createTokenActivities } from '../../../activities/token/create-token-activities.js'
import { apiKey, defineConnector, get } from '../../../src/connectors/index.js'
import type { TokenActivities } from '../../../src/contract/token-activities.js'
import { failureOf } from '../activity-bench.js'
import {
  asTokenWorkflow,
  CONNECTION,
  RUN_ID,
  type Setup,
  setUpTokenActivities,
} from './token-activities-setup.js'

const NAMES = [
  'tokenkeeper.describe',
  'tokenkeeper.prepare',
  'tokenkeeper.mint',
  'tokenkeeper.verify',
  'tokenkeeper.authorization-url',
  'tokenkeeper.connect-form',
  'tokenkeeper.revoke',
  'tokenkeeper.reseal',
  'tokenkeeper.notify',
] as const satisfies readonly (keyof TokenActivities)[]

let setup: Setup
/** What a flow could copy out of a history. */
let seen: object

beforeAll(async () => {
  process.env['TOKENKEEPER_SECRET_OF_ANOTHER'] = 'canary-of-another'
  setup = await setUpTokenActivities([
    defineConnector({
      id: 'shop',
      // Nothing listens there: what were sent would fail otherwise.
      baseUrl: 'http://127.0.0.1:9',
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      verify: 'me',
      endpoints: { me: get('/me') },
    }),
  ])
  seen = {
    connection: CONNECTION,
    source: { reference: 'env:TOKENKEEPER_SECRET_OF_ANOTHER' },
    grant: await setup.seal({ apiKey: 'canary-grant' }, 'grant'),
    token: await setup.seal({ apiKey: 'canary-token' }, 'token'),
    attempt: 1,
    prior: 'clean',
    redirectUri: 'http://127.0.0.1:9/callback',
    codeChallenge: 'x'.repeat(43),
  }
})

async function askedBy(
  name: (typeof NAMES)[number],
  info: object,
  input: object,
): Promise<unknown> {
  const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') })
  return await environment.run<[object], never, never>(setup.activities[name] as never, input)
}

const FOREIGN = {
  'a flow': {
    workflowType: 'nightly',
    workflowExecution: { workflowId: 'nightly', runId: RUN_ID },
  },
  'a flow with the id of the token workflow': {
    ...asTokenWorkflow(CONNECTION),
    workflowType: 'nightly',
  },
  'the token workflow of another account': asTokenWorkflow('shop/other'),
  'the token workflow of another connector': asTokenWorkflow('erp/acme'),
  'a token workflow whose id only begins alike': asTokenWorkflow(`${CONNECTION}2`),
  'a caller without a type': { ...asTokenWorkflow(CONNECTION), workflowType: undefined },
}

test('these are all of them', () => {
  const all = createTokenActivities(new Keeper(setup.parts))
  expect(Object.keys(all).sort()).toEqual([...NAMES].sort())
})

test.each(NAMES.flatMap((name) => Object.keys(FOREIGN).map((who) => [name, who] as const)))(
  '%s refuses %s',
  async (name, who) => {
    const asked = askedBy(name, FOREIGN[who as keyof typeof FOREIGN], seen)
    const failure = await failureOf(asked)
    expect(failure).toMatchObject({
      type: 'InvalidInput',
      nonRetryable: true,
      details: { code: 'InvalidInput', connection: CONNECTION },
    })
    expect(failure.message).toContain(`${CONNECTION}: ${name} works for the token workflow`)
    expect(failure.text).not.toContain('canary')
  },
)

test('a connection that is named without its account is the default one', async () => {
  const own = await askedBy('tokenkeeper.describe', asTokenWorkflow('shop/default'), {
    connection: 'shop',
  })
  expect(own).toMatchObject({ outcome: 'known' })
  const other = askedBy('tokenkeeper.describe', asTokenWorkflow('shop/acme'), {
    connection: 'shop',
  })
  expect(await failureOf(other)).toMatchObject({ type: 'InvalidInput' })
})
