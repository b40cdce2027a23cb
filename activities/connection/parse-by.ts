import type * as z from 'zod'
import { createFailure } from '../../src/contract/failure.js'

export type Parsed =
  | { readonly outcome: 'valid'; readonly data: unknown }
  /** Paths and kinds, never a value. */
  | { readonly outcome: 'invalid'; readonly problems: string }

/** What a schema makes of a value. A function in it that throws is a problem too: its words may hold values. */
export async function parseBy(schema: z.ZodType, value: unknown): Promise<Parsed> {
  try {
    const parsed = await schema.safeParseAsync(value)
    if (parsed.success) return { outcome: 'valid', data: parsed.data }
    return { outcome: 'invalid', problems: problemPaths(parsed.error) }
  } catch {
    return { outcome: 'invalid', problems: 'a function in the schema threw' }
  }
}

/** Where a value does not fit its schema and of which kind each problem is; never a value. */
function problemPaths(error: z.ZodError): string {
  const problems = error.issues.slice(0, 5).map((issue) => {
    const path = issue.path.map(partOf).join('.')
    return `${path === '' ? 'the top' : path} (${issue.code})`
  })
  return problems.join(', ')
}

/** Keys of an answer are the upstream's text: only what looks like a name is repeated. */
function partOf(part: PropertyKey): string {
  const text = String(part)
  return typeof part === 'number' || /^[A-Za-z_][\w-]{0,39}$/.test(text) ? text : '*'
}

export interface CheckedPart {
  readonly connection: string
  readonly endpoint: string
  readonly part: 'query' | 'body'
}

/**
 * The output of a schema for an input, or the input itself without one.
 * @throws ApplicationFailure `InvalidInput` that names the path of each problem
 */
export async function checkInput(
  schema: z.ZodType | undefined,
  value: unknown,
  { connection, endpoint, part }: CheckedPart,
): Promise<unknown> {
  if (schema === undefined) return value
  const parsed = await parseBy(schema, value)
  if (parsed.outcome === 'valid') return parsed.data
  throw createFailure(
    'InvalidInput',
    `${connection} ${endpoint}: the ${part} does not fit its schema: ${parsed.problems}.`,
    { connection, endpoint },
  )
}
