import { ApplicationFailure } from '@temporalio/common'
import { createFailure, failureCode } from '../../src/contract/failure.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { isFunctionSink } from '../../src/contract/sync.js'
import type { CheckSyncInput } from '../../src/contract/sync-slice.js'
import { isIncrementalId } from '../../src/contract/watermark-messages.js'
import { resolveConnection, resolveEndpoint } from '../connection/resolve-connection.js'
import type { Keeper } from '../keeper/keeper.js'
import { checkDefinition } from './reading/source-fingerprint.js'
import { readStoredWatermark } from './stored-watermark.js'
import { needSink, needTransform } from '../keeper/sync-functions.js'

/** Says what a sync that is about to begin would stumble over, without a request to any upstream. */
export function createCheckSync(keeper: Keeper): FlowActivities['tokenkeeper.check-sync'] {
  return async (input) => {
    const searchAttributes = await keeper.searchAttributes()
    const notices: true | undefined = keeper.notices.isOn ? true : undefined
    const economy: true | undefined = keeper.economy ? true : undefined
    const base = { searchAttributes, notices, economy }
    try {
      checkNames(keeper, input)
    } catch (error) {
      const code = failureCode(error)
      if (code === undefined || !(error instanceof ApplicationFailure)) throw error
      return { ...base, outcome: 'refused', code, message: error.message }
    }
    const { incrementalId } = input
    const watermark =
      incrementalId === undefined ? undefined : await readStoredWatermark(incrementalId)
    return { ...base, outcome: 'accepted', watermark }
  }
}

/** @throws ApplicationFailure */
function checkNames(
  { connectors, functions }: Keeper,
  { from, to, transform, checkpoint, incrementalId }: CheckSyncInput,
): void {
  const source = resolveConnection(connectors, from.connection)
  const endpoint = resolveEndpoint(source, from.endpoint)
  if (checkpoint !== undefined) checkDefinition(source, endpoint, from.endpoint, checkpoint)
  if (isFunctionSink(to)) needSink(functions, to.sink)
  else resolveEndpoint(resolveConnection(connectors, to.connection), to.endpoint)
  if (transform !== undefined) needTransform(functions, transform)
  if (incrementalId !== undefined && !isIncrementalId(incrementalId))
    throw createFailure('InvalidInput', 'incremental.id is no text of 1 to 200 characters')
}
