import type { TokenActivities } from '../../src/contract/token-activities.js'
import { sealedKeyId } from '../../src/contract/sealed.js'
import type { Keeper } from '../keeper/keeper.js'

/**
 * Seals what a connection holds with the newest key. What is sealed with it already stays as it is.
 * @throws ApplicationFailure `NoKeyHere`, `KeyMissing`, `SealInvalid`
 */
export function createReseal(keeper: Keeper): TokenActivities['tokenkeeper.reseal'] {
  const { keyring } = keeper
  return async ({ connection, values }) => {
    const { keyId } = keyring
    const resealed = values.map(async ({ sealed, purpose }) => {
      if (sealedKeyId(sealed) === keyId) return sealed
      const opened = await keyring.open(sealed, { connection, purpose })
      return await keyring.seal(opened, { connection, purpose })
    })
    return { keyId, values: await Promise.all(resealed) }
  }
}
