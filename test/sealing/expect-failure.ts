import { ApplicationFailure } from '@temporalio/common'
import { inspect } from 'node:util'
import { expect } from 'vitest'
import { FAILURES, type FailureCode } from '../../src/contract/failures.js'

/** Stands in for every secret of these tests; it may be in no error, in no encoding. */
export const CANARY = 'canary-8f31c0de+/=ü "q"'

/** Everything that printing a value could show. */
export function printed(value: unknown): string {
  const deep = { depth: 20, showHidden: true, getters: true } as const
  const stack = value instanceof Error ? `${value.message}${value.stack ?? ''}` : ''
  return `${inspect(value, deep)}${JSON.stringify([value])}${stack}`
}

/** That a text holds the canary in no form in which it could leave. */
export function expectNoCanary(text: string): void {
  const bytes = Buffer.from(CANARY)
  const forms = [
    CANARY,
    'canary-8f31c0de',
    JSON.stringify(CANARY).slice(1, -1),
    encodeURIComponent(CANARY),
    ...(['base64', 'base64url', 'hex'] as const).map((form) => bytes.toString(form)),
  ]
  for (const form of forms) expect(text).not.toContain(form)
}

/** That a promise fails with this code, retryable as the table says, and shows no canary. */
export async function expectFailure(
  promise: Promise<unknown>,
  code: FailureCode,
): Promise<ApplicationFailure> {
  const error: unknown = await promise.then(
    () => expect.fail(`expected ${code}, but it passed`),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApplicationFailure)) throw error
  expect(error.type).toBe(code)
  expect(error.nonRetryable).toBe(!FAILURES[code].retryable)
  expect(error.details?.[0]).toMatchObject({ code })
  expect(error.cause).toBeUndefined()
  expectNoCanary(printed(error))
  return error
}
