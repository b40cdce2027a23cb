import { condition, workflowInfo } from '@temporalio/workflow'
import type { CommandResult } from '../../src/contract/messages.js'
import type { RotationEnd } from './rotation.js'
import type { Rotation } from './token-snapshot.js'
import type { TokenState } from './token-state.js'

/** Signals counted in this run, and how rotations asked for by update ended. */
export interface PendingCommands {
  signals: number
  readonly ends: Map<string, RotationEnd>
  /** The run is full: who waits has to be answered now. */
  leaving: boolean
  readonly nextId: () => string
}

export function toRotation(
  { nextId }: PendingCommands,
  as: Rotation['as'],
  source: Rotation['source'],
): Rotation {
  const receivedAt = workflowInfo().historyLength
  return { id: nextId(), as, source, receivedAt, tries: 0, prior: 'clean' }
}

/** Queues a new credential and waits for what comes of it. */
export async function awaitRotation(
  state: TokenState,
  commands: PendingCommands,
  wake: () => void,
  rotation: Rotation,
): Promise<CommandResult> {
  const { id } = rotation
  const refused = state.addRotation(rotation)
  if (refused !== undefined) return refusal(state, 'Refused', refused)
  wake()
  await condition(() => commands.ends.has(id) || isStuck(state) || commands.leaving)
  const end = commands.ends.get(id)
  commands.ends.delete(id)
  wake()
  if (end === undefined && !isStuck(state)) return refusal(state, 'StillTrying', stillTrying(state))
  return end === undefined ? unknownConnector(state) : { ...end, status: state.status(Date.now()) }
}

export function refusal(state: TokenState, code: string, message: string): CommandResult {
  return { ok: false, code, message, status: state.status(Date.now()) }
}

/** No connector of this name: the credential can't be tried, and waits for one that is. */
function isStuck(state: TokenState): boolean {
  return state.snapshot.unknownConnector !== undefined && !state.snapshot.describeNeeded
}

function stillTrying({ snapshot: { connection } }: TokenState): string {
  return `The new credential of ${connection} is still being tried: look at its status, or at its story, in a moment.`
}

function unknownConnector(state: TokenState): CommandResult {
  const message = state.snapshot.unknownConnector ?? ''
  state.snapshot.rotations = []
  return refusal(state, 'UnknownConnector', message)
}
