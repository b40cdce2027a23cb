import { randomBytes } from 'node:crypto'
import type { OutgoingRequest, SecretFields, SigningContext } from '../src/auth/kind/auth-kind.js'
import { Secret } from '../src/sealing/secret.js'
import { effort } from './effort.js'
import { interleave } from './interleave.js'
import type { Measured } from './statistics.js'

const INPUTS = 500
const PASSES = effort(30, 6)
const ROUNDS = effort(9, 3)

/** An order of 1 KiB: what is signed a thousand times a minute somewhere. */
const BODY = JSON.stringify({
  customer: 'c-4711',
  lines: Array.from({ length: 16 }, (_, line) => ({
    sku: `sku-${String(1000 + line)}`,
    count: line,
    price: '19.99',
  })),
})

export const SIGNED_AT_MS = Date.UTC(2026, 0, 15, 12)

/** A request of an activity on its way out, made anew as each attempt makes it. */
export function orderRequest(): OutgoingRequest {
  return {
    method: 'POST',
    url: new URL('https://api.shop.example/v1/orders?dry-run=false&expand=lines'),
    headers: {
      accept: 'application/json',
      'accept-encoding': 'gzip, deflate, br',
      'user-agent': 'tokenkeeper',
      'content-type': 'application/json',
    },
    body: BODY,
  }
}

export const signing: SigningContext = {
  now: () => SIGNED_AT_MS,
  randomBytes,
  resolve: () => Promise.reject(new Error('nothing to resolve')),
}

export function secretFields(fields: Readonly<Record<string, string>>): SecretFields {
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, new Secret(text)]))
}

/**
 * Microseconds of processor time a signature, both sides over the same request; what each makes is
 * compared once. Signing waits for nothing, so a busy machine has no say in it.
 */
export async function compareSigning<Input>(sides: {
  readonly input: () => Input
  readonly ours: (input: Input) => unknown
  readonly reference: (input: Input) => unknown
  /** Throws where the two have not signed alike. */
  readonly check: (ours: unknown, reference: unknown) => void
}): Promise<Measured> {
  sides.check(await sides.ours(sides.input()), await sides.reference(sides.input()))
  // Making the request is nobody's signing.
  const inputs = Array.from({ length: INPUTS }, sides.input)
  const timed = (sign: (input: Input) => unknown) => async (): Promise<number> => {
    const before = process.cpuUsage()
    for (let pass = 0; pass < PASSES; pass += 1)
      for (const input of inputs) {
        const made = sign(input)
        if (made instanceof Promise) await made
      }
    const { user, system } = process.cpuUsage(before)
    return (user + system) / (INPUTS * PASSES)
  }
  return await interleave({
    rounds: ROUNDS,
    ours: timed(sides.ours),
    reference: timed(sides.reference),
    unit: 'us of processor time a signature',
  })
}
