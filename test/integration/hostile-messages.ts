import { createRandom } from '../simulation/random.js'

export interface HostileMessage {
  readonly name: string
  readonly args: readonly unknown[]
}

const deep = (depth: number): unknown => {
  let value: unknown = 'bottom'
  for (let level = 0; level < depth; level += 1) value = { value }
  return value
}

/** Every extreme of a text, a number and a shape that a message can bring. */
const EXTREMES: readonly unknown[] = [
  1e308,
  -1e308,
  -0,
  0.1,
  -1,
  2 ** 53,
  2 ** 50,
  1_000_000,
  Number.NaN,
  null,
  true,
  '',
  '\ud800',
  'a\udfff',
  'é'.repeat(600),
  'x'.repeat(2000),
  '\u0000\u001b]0;owned\u0007',
  '[in](https://evil.example)',
  '__proto__',
  'constructor',
  [],
  [[]],
  {},
  { __tokenkeeperUndecodable: 7 },
  JSON.parse('{"__proto__":{"ok":true},"constructor":1}'),
  deep(200),
]

/** Seldom: each is a hundred others in a history. */
const LONGEST = 'x'.repeat(100_000)
const SEALED = `tk1.0123456789abcdef.${'A'.repeat(43)}.${'B'.repeat(30)}`

const FIELDS: Readonly<Record<string, unknown>> = {
  requestId: 'request-1',
  replyTo: 'flow-that-is-gone',
  minValidityMs: 0,
  knownGeneration: 1,
  knownFirstExecutionRunId: 'first',
  rejected: { generation: 1, status: 401 },
  reference: 'env:TOKENKEEPER_SECRET_NONE',
  sealed: SEALED,
  fingerprint: 'f'.repeat(16),
  watermark: 5,
  by: 'sync',
  holder: 'worker',
  want: 1,
  intervalMs: 10,
  burst: 5,
  blockedForMs: 0,
  stateHash: 'h'.repeat(43),
  bindingHash: 'h'.repeat(43),
  codeChallenge: 'h'.repeat(43),
  sealedVerifier: 'tk1.x',
  redirectUri: 'https://app.example/callback',
  answer: { error: 'access_denied' },
}

/**
 * `count` messages by seed: good ones with one or two fields changed, and others that are no message at all.
 * @param secret what is never to be repeated
 * @param sealed a credential that can't be opened; a missing key is waited for, three seconds each
 */
export function* messages(
  seed: number,
  count: number,
  names: readonly string[],
  secret: string,
  sealed = SEALED,
): Generator<HostileMessage> {
  const random = createRandom(seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const extreme = (): unknown => {
    const kind = random()
    return kind < 0.1 ? secret : kind < 0.105 ? LONGEST : pick(EXTREMES)
  }
  for (let n = 0; n < count; n += 1) {
    const name = random() < 0.05 ? `unknown-${pick(['a', '# b', 'c'])}` : pick(names)
    if (random() < 0.2) {
      yield { name, args: random() < 0.3 ? [] : [extreme(), extreme()] }
      continue
    }
    const message: Record<string, unknown> = {
      ...FIELDS,
      sealed,
      requestId: `request-${String(n)}`,
    }
    // Either of them alone is a credential.
    message[pick(['reference', 'sealed'])] = undefined
    for (let changes = 0; changes < 2; changes += 1)
      message[pick(Object.keys(FIELDS))] = random() < 0.1 ? undefined : extreme()
    yield { name, args: [message] }
  }
}
