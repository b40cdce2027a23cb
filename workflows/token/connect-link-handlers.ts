import type {
  ConnectFormResult,
  ConnectLinkResult,
  ConnectLinkUse,
} from '../../src/contract/connect-form.js'
import { TOKEN_UPDATES } from '../../src/contract/messages.js'
import { isMomentMs, isSha256 } from '../../src/contract/outside-values.js'
import { type PendingCommands, unlessLeaving } from './await-rotation.js'
import { type Read, readRecord, unreadable } from './read-message.js'
import type { TokenState } from './token-state.js'
import { activityFailure } from './token-world.js'

/** Registers what connect pages ask: the form of the connection's kind, and whether a link is still good. */
export function registerConnectLinks(
  state: TokenState,
  commands: PendingCommands,
  wake: () => void,
): void {
  const { world } = commands

  world.messages.onUpdate(
    TOKEN_UPDATES.connectForm,
    'Tells how a person gives the credential; for connect pages.',
    () => undefined,
    async (): Promise<ConnectFormResult> => {
      commands.signals += 1
      const { connection } = state
      try {
        const form = await world.uncancelled(() =>
          unlessLeaving(
            commands,
            world.activities.bounded['tokenkeeper.connect-form']({ connection }),
          ),
        )
        const message = `The form of ${connection} could not be had in time: load the page again.`
        return form ?? { outcome: 'refused', code: 'StillTrying', message }
      } catch (error) {
        return { outcome: 'refused', ...activityFailure(error) }
      } finally {
        wake()
      }
    },
  )

  world.messages.onUpdate(
    TOKEN_UPDATES.connectLink,
    'Spends a connect link, or gives it back; for connect pages.',
    (value) => {
      const use = readLinkUse(value)
      if (use.outcome === 'unreadable') throw new TypeError(use.reason)
    },
    (value): Promise<ConnectLinkResult> => {
      commands.signals += 1
      const use = readLinkUse(value)
      wake()
      return Promise.resolve(
        use.outcome === 'read'
          ? state.useLink(use.message, world.now())
          : { outcome: 'refused', code: 'InvalidInput', message: use.reason },
      )
    },
  )
}

function readLinkUse(value: unknown): Read<ConnectLinkUse> {
  const record = readRecord(value, 'what a connect page sends')
  if (record.outcome === 'unreadable') return record
  const { linkHash, expiresAtMs, as } = record.message
  if (!isSha256(linkHash)) return unreadable('linkHash must be SHA-256 in base64url')
  if (!isMomentMs(expiresAtMs)) return unreadable('expiresAtMs is no moment')
  if (as !== 'look' && as !== 'spend' && as !== 'release')
    return unreadable(`as must be 'look', 'spend' or 'release'`)
  return { outcome: 'read', message: { linkHash, expiresAtMs, as } }
}
