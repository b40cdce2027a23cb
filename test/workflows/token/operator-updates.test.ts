import { describe, expect, it } from 'vitest'
import type { ConnectorFacts } from '../../../src/contract/connector-facts.js'
import { type CommandResult, TOKEN_UPDATES } from '../../../src/contract/messages.js'
import { answerInTime, type PendingCommands } from '../../../workflows/token/await-rotation.js'
import { registerConnectLinks } from '../../../workflows/token/connect-link-handlers.js'
import { registerOperatorUpdates } from '../../../workflows/token/operator-updates.js'
import { OpenState } from './open-state.js'
import { activeParts, at, FACTS, failed, HOUR, minted, POLICY, T0 } from './token-fixtures.js'
import { applyMint } from '../../../workflows/token/token-results.js'

interface Asked {
  readonly nowMs?: number
  /** What happens while somebody waits. */
  readonly meanwhile?: (commands: PendingCommands) => void
  /** Whether the keeper worker answers. */
  readonly isUp?: boolean
}

/** Sends an update to a connection, and gives its answer. */
async function ask(
  state: OpenState,
  name: string,
  { nowMs = T0, meanwhile = () => undefined, isUp = true }: Asked,
): Promise<CommandResult> {
  const updates = new Map<string, (value: unknown) => Promise<unknown>>()
  const until = async (isDone: () => boolean): Promise<void> => {
    meanwhile(commands)
    if (!isDone()) await new Promise(() => undefined)
  }
  const answer = () => (isUp ? Promise.resolve({ outcome: 'accepted' }) : new Promise(() => null))
  const world = {
    now: () => nowMs,
    until,
    untilOrFor: until,
    uncancelled: (work: () => Promise<unknown>) => work(),
    activities: { bounded: new Proxy({}, { get: () => answer }) },
    messages: {
      onUpdate: (update: string, ...[, , take]: [string, unknown, () => Promise<unknown>]) =>
        updates.set(update, take),
    },
  }
  const commands: PendingCommands = {
    signals: 0,
    ends: new Map(),
    leaving: false,
    world: world as never,
  }
  registerOperatorUpdates(state, commands, () => undefined)
  registerConnectLinks(state, commands, () => undefined)
  return (await updates.get(name)?.(undefined)) as CommandResult
}

const onDemand = () => activeParts({ ...FACTS, policy: { ...POLICY, mode: 'on-demand' } })

it.each([
  [
    'the provider answers',
    (state: OpenState) => {
      applyMint(state.parts, minted('t'), 'operator', at(T0))
    },
    { outcome: 'done' },
  ],
  [
    'the provider refuses',
    (state: OpenState) => {
      applyMint(state.parts, failed('invalid_grant', 'x'), 'operator', at(T0))
    },
    { outcome: 'refused', code: 'x' },
  ],
  [
    'it is revoked meanwhile',
    (state: OpenState) => {
      state.command('revoke', T0)
    },
    { outcome: 'refused', code: 'ConnectionNotUsable' },
  ],
])('a refresh is answered: %s', async (_name, happens, answer) => {
  const state = new OpenState(activeParts())
  const meanwhile = () => {
    happens(state)
  }
  expect(await ask(state, TOKEN_UPDATES.refresh, { meanwhile })).toMatchObject(answer)
})

it('a token whose time is over is not asked about', async () => {
  const state = new OpenState(activeParts())
  const asked = await ask(state, TOKEN_UPDATES.verify, { nowMs: T0 + HOUR, isUp: false })
  expect(asked).toMatchObject({ outcome: 'refused', code: 'ConnectionNotUsable' })
  expect(state.parts.token.doubt).toBeUndefined()
  expect(await ask(state, TOKEN_UPDATES.verify, {})).toMatchObject({
    verified: { outcome: 'accepted' },
  })
})

it('but refreshed first, where nothing else does that', async () => {
  const state = new OpenState(onDemand())
  const nowMs = T0 + HOUR
  const meanwhile = () => {
    const answer = { ...minted('token-4'), sentAtMs: nowMs, answeredAtMs: nowMs }
    if (state.parts.token.generation === 3) applyMint(state.parts, answer, 'operator', at(nowMs))
  }
  expect(await ask(state, TOKEN_UPDATES.verify, { nowMs, meanwhile })).toMatchObject({
    status: { generation: 4 },
    verified: { outcome: 'accepted' },
  })
})

describe('the timer of an answer', () => {
  /** Sends an update that waits, and makes events at these moments; gives the timers that were started. */
  async function timersOf(facts: ConnectorFacts, eventsMs: readonly number[]): Promise<number[]> {
    const state = new OpenState(activeParts(facts))
    const timers: number[] = []
    const clock = { nowMs: T0 }
    let look = (): boolean => true
    const world = {
      now: () => clock.nowMs,
      until: async (isDone: () => boolean) => {
        look = isDone
        while (!isDone()) await new Promise((resolve) => setImmediate(resolve))
      },
      untilOrFor: (_isDone: () => boolean, ms: number) => {
        timers.push(ms)
        return Promise.resolve(false)
      },
    }
    let isOver = false
    const answered = answerInTime(state, { world: world as never }, () => isOver, 'answer')
    for (const ms of eventsMs) {
      clock.nowMs = T0 + ms
      if (look()) break
    }
    if (timers.length === 0 && !look()) isOver = true
    await answered
    return timers
  }

  it.each([
    ['none where the update is over soon', FACTS, [20, 900, 2999], []],
    ['one for what is left where an event finds it waiting for long', FACTS, [20, 5000], [40_000]],
    ['none where the time is over by then', FACTS, [46_000], []],
    [
      'one at once where one activity may take long',
      { ...FACTS, kind: 'login-flow' },
      [],
      [45_000],
    ],
  ])('%s', async (_name, facts, eventsMs, timers) => {
    expect(await timersOf(facts, eventsMs)).toEqual(timers)
  })
})

it.each([TOKEN_UPDATES.verify, TOKEN_UPDATES.reseal, TOKEN_UPDATES.connectForm])(
  '%s ends with a run that is full, though no keeper worker answers',
  async (name) => {
    const state = new OpenState(activeParts())
    const meanwhile = (commands: PendingCommands) => {
      commands.leaving = true
    }
    const answer = await ask(state, name, { meanwhile, isUp: false })
    expect(answer).toMatchObject({ outcome: 'refused', code: 'StillTrying' })
  },
)
