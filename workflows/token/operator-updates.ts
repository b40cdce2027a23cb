import { type CommandResult, TOKEN_UPDATES } from '../../src/contract/messages.js'
import { type PendingCommands, refusal } from './await-rotation.js'
import { readChangeDetails, type Read } from './read-message.js'
import type { TokenState } from './token-state.js'

/** Registers the updates by which operators act on a connection and get an answer. */
export function registerOperatorUpdates(
  state: TokenState,
  commands: PendingCommands,
  wake: () => void,
): void {
  const { world } = commands
  const on = <T>(
    name: string,
    description: string,
    read: (value: unknown) => Read<T>,
    answer: (message: T) => CommandResult | Promise<CommandResult>,
  ): void => {
    const validate = (value: unknown): void => {
      const message = read(value)
      if (!message.ok) throw new TypeError(message.reason)
    }
    world.messages.onUpdate(name, description, validate, async (value) => {
      // Updates have a limit a run as signals have.
      commands.signals += 1
      const message = read(value)
      if (!message.ok) return refusal(commands, state, 'InvalidInput', message.reason)
      return await world.uncancelled(async () => answer(message.message))
    })
  }

  on(
    TOKEN_UPDATES.details,
    'Changes what is said of the connection: {"change":{"tags":["customer:4711"],"owner":"…","description":"…","metadata":{…}}}. What is absent stays, null removes. Never a secret: all of it is shown.',
    readChangeDetails,
    ({ change, actor }) => {
      state.changeDetails(change, world.now(), actor)
      wake()
      return { ok: true, status: state.status(world.now()) }
    },
  )
}
