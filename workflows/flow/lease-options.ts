import { toMilliseconds } from '../../src/contract/duration.js'
import { createFailure } from '../../src/contract/failure.js'
import type { LeaseOptions } from './lease-source.js'

/**
 * What `maxWait` and `askAgain` of a flow's options mean for its lease requests.
 * @throws ApplicationFailure `InvalidInput`
 */
export function toLeaseOptions(options: {
  readonly maxWait?: string | number | undefined
  readonly askAgain?: string | number | undefined
}): LeaseOptions {
  const maxWaitMs = read('maxWait', '2 hours', options.maxWait)
  const askAgainMs = read('askAgain', '5 minutes', options.askAgain)
  if (askAgainMs !== undefined && askAgainMs < 1000)
    throw createFailure('InvalidInput', `askAgain is less than a second: that would be polling`)
  return { maxWaitMs, askAgainMs }
}

function read(
  name: string,
  example: string,
  given: string | number | undefined,
): number | undefined {
  if (given === undefined) return undefined
  const ms = toMilliseconds(given)
  if (ms === undefined)
    throw createFailure('InvalidInput', `${name} is no duration; write it as '${example}'`)
  return ms
}
