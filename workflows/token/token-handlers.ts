import { connectorOf } from '../../src/contract/connection-ref.js'
import {
  type CurrentLease,
  type LeaseRequest,
  TOKEN_QUERIES,
  TOKEN_SIGNALS,
  TOKEN_UPDATES,
} from '../../src/contract/messages.js'
import { isMomentMs } from '../../src/contract/outside-values.js'
import type { ConnectionStatus, StoryEvent } from '../../src/contract/token-status.js'
import { registerAuthorizations } from './authorization-handlers.js'
import {
  awaitRotation,
  type PendingCommands,
  refusedCommand,
  toGiven,
  toRotation,
} from './await-rotation.js'
import { registerOperatorUpdates } from './operator-updates.js'
import { registerConnectLinks } from './connect-link-handlers.js'
import {
  type Read,
  readAsked,
  readCancelLease,
  readDefinitionNotice,
  readGivenCredential,
  readLeaseRequest,
} from './read-message.js'
import type { Rotation } from './parts/rotations.js'
import type { TokenState } from './token-state.js'
import type { TokenWorld } from './token-world.js'

const COMMANDS = {
  refresh: 'Refreshes the token now.',
  pause: 'Stops answering lease requests; refreshing goes on.',
  resume: 'Answers lease requests again.',
  revoke:
    'Ends the connection: denies every request, tells the provider, and forgets the credential.',
} as const
const ARGUMENT = 'No argument, or who asks: {"actor":{"name":"…"}}.'

/**
 * Registers every handler; to be called before the first await, so that no signal of a new run is
 * missed. Signal handlers only enqueue. Whatever is sent changes nothing unless it reads well.
 */
export function registerHandlers(
  state: TokenState,
  commands: PendingCommands,
  wake: () => void,
): void {
  const { world } = commands
  const on = <T>(
    name: string,
    description: string,
    read: (value: unknown) => Read<T>,
    take: (message: T) => void,
  ): void => {
    world.messages.onSignal(name, description, (value) => {
      commands.signals += 1
      const message = read(value)
      if (message.outcome === 'read') take(message.message)
      else state.refuseMessage(name, message.reason, world.now())
      wake()
    })
  }

  const readRequest = (value: unknown): Read<LeaseRequest> =>
    readLeaseRequest(value, state.maxIdBytes)
  on(TOKEN_SIGNALS.lease, 'A flow asks for a lease.', readRequest, (request) => {
    const refused = state.enqueue(request, world.now())
    if (request.rejected !== undefined && request.rejected.outdated !== true)
      world.measure('tokenkeeper.token.rejections', 1, { connector: connectorOf(state.connection) })
    if (refused !== undefined) state.refuseMessage(TOKEN_SIGNALS.lease, refused, world.now())
  })
  on(TOKEN_SIGNALS.cancelLease, 'A flow no longer waits.', readCancelLease, (cancel) => {
    state.forget([cancel.requestId])
  })
  on(
    TOKEN_SIGNALS.rotate,
    'Changes the secret: {"reference":"env:TOKENKEEPER_SECRET_…"} or {"sealed":"tk1.…"}. The new one is tried first; a refused one changes nothing.',
    readGivenCredential,
    (given) => {
      const rotation = toRotation(commands, 'rotate', toGiven(given))
      const refused = state.addRotation(rotation, world.now())
      if (refused !== undefined) state.refuseMessage(TOKEN_SIGNALS.rotate, refused, world.now())
    },
  )
  on(
    TOKEN_SIGNALS.definition,
    'A keeper worker tells of its definition.',
    readDefinitionNotice,
    (notice) => {
      state.noticeWorker(notice)
    },
  )
  for (const [command, description] of Object.entries(COMMANDS)) {
    const name = TOKEN_SIGNALS[command as keyof typeof COMMANDS]
    on(name, `${description} ${ARGUMENT}`, readAsked, ({ actor }) => {
      state.command(command as keyof typeof COMMANDS, world.now(), actor)
    })
  }
  world.messages.onOtherSignal((name) => {
    commands.signals += 1
    const known = Object.values(TOKEN_SIGNALS).join(', ')
    state.refuseMessage(name, `no such signal; there are ${known}`, world.now())
    wake()
  })

  registerQueries(state, world)
  registerAuthorizations(state, commands, wake)
  registerOperatorUpdates(state, commands, wake)
  registerConnectLinks(state, commands, wake)
  registerUpdate(TOKEN_UPDATES.connect, 'connect', 'Gives the connection a credential.')
  registerUpdate(TOKEN_UPDATES.rotate, 'rotate', 'Changes the secret and waits for the verdict.')

  function registerUpdate(name: string, as: Rotation['as'], description: string): void {
    world.messages.onUpdate(name, description, validateSource, async (value) => {
      // Updates have a limit a run as signals have.
      commands.signals += 1
      const given = readGivenCredential(value)
      if (given.outcome === 'unreadable')
        return refusedCommand(commands, state, 'InvalidInput', given.reason)
      const rotation = toRotation(commands, as, toGiven(given.message))
      return await world.uncancelled(() => awaitRotation(state, commands, wake, rotation))
    })
  }
}

function validateSource(value: unknown): void {
  const given = readGivenCredential(value)
  if (given.outcome === 'unreadable') throw new TypeError(given.reason)
}

function registerQueries(state: TokenState, { messages, now }: TokenWorld): void {
  const { status, story, lease } = TOKEN_QUERIES
  messages.onQuery(status, 'How the connection is.', (): ConnectionStatus => state.status(now()))
  messages.onQuery(story, 'The last events of its life.', (): readonly StoryEvent[] => state.story)
  // Between two events the clock of a workflow stands still: the asker says what time it is.
  messages.onQuery(
    lease,
    'The current lease, for code inside activities. Argument: milliseconds since the epoch.',
    (askedAtMs): CurrentLease =>
      state.currentLease(isMomentMs(askedAtMs) ? Math.max(now(), askedAtMs) : now()),
  )
}
