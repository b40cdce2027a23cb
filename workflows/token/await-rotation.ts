import type { CommandResult, GivenCredential } from '../../src/contract/messages.js'
import { type GivenRotation, LONG_DELAY_MS, type Rotation } from './parts/rotations.js'
import { ANSWERS_WITHIN_MS, type RotationEnd, supersededMessage } from './rotation-list.js'
import type { TokenState } from './token-state.js'
import type { TokenWorld } from './token-world.js'

/** Work that nothing is in the way of has ended by then. */
const PROMPT_MS = 3000

/**
 * Waits until there is something to answer an update with, and at most {@link ANSWERS_WITHIN_MS}. A timer is an action
 * that Temporal Cloud bills, and most updates are over before: it is started by the first event that finds the update
 * waiting for long. One comes as soon as an activity has been started: it has a timeout. Where none is, because no keeper
 * worker has a slot, the client gives up by itself after a minute and says so.
 * Where one activity may take long, the timer is started at once.
 */
export async function answerInTime(
  state: TokenState,
  { world }: Pick<PendingCommands, 'world'>,
  isOver: () => boolean,
  summary: string,
): Promise<void> {
  const sinceMs = world.now()
  const isLate = (): boolean => state.operators.asksInSteps || world.now() >= sinceMs + PROMPT_MS
  await world.until(() => isOver() || isLate())
  const leftMs = sinceMs + ANSWERS_WITHIN_MS - world.now()
  if (!isOver() && leftMs > 0) await world.untilOrFor(isOver, leftMs, summary)
}

/** The world of the workflow, signals counted in this run, and how rotations asked for by update ended. */
export interface PendingCommands {
  signals: number
  /** The results of the rotations that somebody waits for, by id; undefined: not over yet. */
  readonly ends: Map<string, RotationEnd | undefined>
  /** The run is full: who waits has to be answered now. */
  leaving: boolean
  readonly world: TokenWorld
}

export function toRotation(
  { world }: PendingCommands,
  as: Rotation['as'],
  { source, by, details }: GivenRotation,
): Rotation {
  const receivedAt = world.run.historyLength()
  return { id: world.uuid(), as, source, by, details, receivedAt, tries: 0, prior: 'clean' }
}

/** A credential of a message. */
export function toGiven({ actor, details, ...source }: GivenCredential): GivenRotation {
  return { source, by: actor, details }
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
  if (refused !== undefined) return refusedCommand(commands, state, 'Refused', refused)
  ends.set(id, undefined)
  wake()
  const isOver = (): boolean =>
    ends.get(id) !== undefined ||
    commands.leaving ||
    state.unknownConnector !== undefined ||
    (state.rotationAtMs(id) ?? Infinity) > untilMs
  const summary = `answer who gave ${state.connection} a credential`
  await answerInTime(state, commands, isOver, summary)
  const end = ends.get(id)
  ends.delete(id)
  wake()
  return end === undefined
    ? unfinished(commands, state, id)
    : { ...end, status: state.status(world.now()) }
}

/** What comes of work; undefined: the run is full before that, and who waits has to be answered now. */
export async function unlessLeaving<T>(
  commands: PendingCommands,
  work: Promise<T>,
): Promise<T | undefined> {
  const wait = { isOver: false }
  const leaving = commands.world.until(() => wait.isOver || commands.leaving)
  try {
    return await Promise.race([work, leaving.then(() => undefined)])
  } finally {
    wait.isOver = true
  }
}

export function refusedCommand(
  { world }: PendingCommands,
  state: TokenState,
  code: string,
  message: string,
): CommandResult {
  return { outcome: 'refused', code, message, status: state.status(world.now()) }
}

/** The answer while it is not known what comes of a credential, or where nothing will. */
function unfinished(commands: PendingCommands, state: TokenState, id: string): CommandResult {
  const { connection, unknownConnector } = state
  if (unknownConnector !== undefined) {
    state.dropRotations()
    return refusedCommand(commands, state, 'UnknownConnector', unknownConnector)
  }
  const nowMs = commands.world.now()
  const { status, issuedAtMs } = state.status(nowMs)
  const atMs = state.rotationAtMs(id)
  if (atMs === undefined)
    return status === 'revoked'
      ? refusedCommand(commands, state, 'ConnectionRevoked', `${connection} was revoked`)
      : refusedCommand(commands, state, 'Superseded', supersededMessage(state))
  if (atMs <= nowMs + LONG_DELAY_MS)
    return refusedCommand(
      commands,
      state,
      'StillTrying',
      `The new credential of ${connection} is still being tried, and the provider has given no clear answer yet. That goes on by itself: look at its status, or at its story, in a moment.`,
    )
  const meanwhile =
    issuedAtMs === undefined ? 'it can not be used' : 'it goes on with the credential that it has'
  return refusedCommand(
    commands,
    state,
    'RateLimited',
    `The provider of ${connection} asks to wait: the new credential is kept, and tried by itself at ${new Date(atMs).toISOString()}. Until then ${meanwhile}. Another credential that is given before is tried at once. The story tells what came of it.`,
  )
}
