import type { CommandResult } from '../../src/contract/messages.js'
import { rotationAtMs } from './due-work.js'
import {
  ANSWERS_WITHIN_MS,
  LONG_DELAY_MS,
  type RotationEnd,
  supersededMessage,
} from './rotation-list.js'
import type { Rotation } from './token-snapshot.js'
import type { TokenState } from './token-state.js'
import type { TokenWorld } from './token-world.js'

/** The world of the workflow, signals counted in this run, and how rotations asked for by update ended. */
export interface PendingCommands {
  signals: number
  /** By the ids of those that somebody waits for; undefined: not over yet. */
  readonly ends: Map<string, RotationEnd | undefined>
  /** The run is full: who waits has to be answered now. */
  leaving: boolean
  readonly world: TokenWorld
}

export function toRotation(
  { world }: PendingCommands,
  as: Rotation['as'],
  source: Rotation['source'],
): Rotation {
  const receivedAt = world.run.historyLength()
  return { id: world.uuid(), as, source, receivedAt, tries: 0, prior: 'clean' }
}

/**
 * Queues a new credential and waits for what comes of it, but never for as long as a provider likes:
 * what is not over by then goes on by itself, and the answer says so.
 */
export async function awaitRotation(
  state: TokenState,
  commands: PendingCommands,
  wake: () => void,
  rotation: Rotation,
): Promise<CommandResult> {
  const { id } = rotation
  const { ends, world } = commands
  const untilMs = world.now() + ANSWERS_WITHIN_MS
  const refused = state.addRotation(rotation, world.now())
  if (refused !== undefined) return refusal(commands, state, 'Refused', refused)
  ends.set(id, undefined)
  wake()
  const isOver = (): boolean =>
    ends.get(id) !== undefined ||
    commands.leaving ||
    isStuck(state) ||
    (delayOf(state, id) ?? Infinity) > untilMs
  await world.untilOrFor(isOver, ANSWERS_WITHIN_MS)
  const end = ends.get(id)
  ends.delete(id)
  wake()
  return end === undefined
    ? unfinished(commands, state, id)
    : { ...end, status: state.status(world.now()) }
}

export function refusal(
  { world }: PendingCommands,
  state: TokenState,
  code: string,
  message: string,
): CommandResult {
  return { ok: false, code, message, status: state.status(world.now()) }
}

/** No connector of this name: the credential can't be tried. */
function isStuck(state: TokenState): boolean {
  return state.snapshot.unknownConnector !== undefined && !state.snapshot.describeNeeded
}

/** When it is tried next; undefined: it is gone, dropped for another one or by a revocation. */
function delayOf({ snapshot }: TokenState, id: string): number | undefined {
  const rotation = snapshot.rotations.find((one) => one.id === id)
  if (rotation === undefined) return undefined
  return snapshot.facts === undefined ? 0 : rotationAtMs(snapshot, rotation)
}

/** The answer while it is not known what comes of a credential, or where nothing will. */
function unfinished(commands: PendingCommands, state: TokenState, id: string): CommandResult {
  const { snapshot } = state
  const { connection, health, token } = snapshot
  if (isStuck(state)) return unknownConnector(commands, state)
  const atMs = delayOf(state, id)
  if (atMs === undefined)
    return health.kind === 'revoked'
      ? refusal(commands, state, 'ConnectionRevoked', `${connection} was revoked`)
      : refusal(commands, state, 'Superseded', supersededMessage(snapshot))
  if (atMs <= commands.world.now() + LONG_DELAY_MS)
    return refusal(
      commands,
      state,
      'StillTrying',
      `The new credential of ${connection} is still being tried, and the provider has given no clear answer yet. That goes on by itself: look at its status, or at its story, in a moment.`,
    )
  const meanwhile =
    token === undefined ? 'it can not be used' : 'it goes on with the credential that it has'
  return refusal(
    commands,
    state,
    'RateLimited',
    `The provider of ${connection} asks to wait: the new credential is kept, and tried by itself at ${new Date(atMs).toISOString()}. Until then ${meanwhile}. Another credential that is given before is tried at once. The story tells what came of it.`,
  )
}

function unknownConnector(commands: PendingCommands, state: TokenState): CommandResult {
  const message = state.snapshot.unknownConnector ?? ''
  state.snapshot.rotations = []
  return refusal(commands, state, 'UnknownConnector', message)
}
