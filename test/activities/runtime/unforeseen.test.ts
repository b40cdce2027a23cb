import { expect, test } from 'vitest'
import { createFailure, failureCode } from '../../../src/contract/failure.js'
import { withCodes } from '../../../activities/runtime/unforeseen.js'

const SECRET = 'sk_live_0123456789'

test('Internal: what nobody has foreseen gets one code, says where it was, and repeats nothing', async () => {
  for (const thrown of [
    new TypeError(`Cannot read ${SECRET}\n    at activities/${SECRET}.ts:1:1`),
    Object.assign(new Error(SECRET), { name: SECRET }),
    SECRET,
    { secret: SECRET },
    undefined,
  ]) {
    const run = withCodes('tokenkeeper.call', () => Promise.reject(thrown as Error))
    const failure: unknown = await run({ connection: 'shop/acme' }).catch((error: unknown) => error)
    expect(failureCode(failure)).toBe('Internal')
    expect(failure).toMatchObject({ nonRetryable: true })
    const { message, stack } = failure as Error
    expect(message).toMatch(
      /^shop\/acme: tokenkeeper\.call ended in a way that nobody has foreseen/,
    )
    expect(`${message} ${String(stack)} ${JSON.stringify(failure)}`).not.toContain(SECRET)
    expect((failure as Error).cause).toBeUndefined()
  }
})

test('a failure of the table passes as it is; trouble of the Temporal server is tried again', async () => {
  const own = createFailure('InvalidInput', 'mend it')
  await expect(withCodes('a', () => Promise.reject(own))({})).rejects.toBe(own)
  const server = Object.assign(new Error(SECRET), { name: 'ServiceError' })
  await expect(withCodes('a', () => Promise.reject(server))({})).rejects.toMatchObject({
    type: 'UpstreamUnavailable',
    nonRetryable: false,
  })
})
