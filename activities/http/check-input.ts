import type * as z from 'zod'
import { createFailure } from '../../src/contract/failure.js'
import { parseBy } from './parse-by.js'

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
  if (parsed.success) return parsed.data
  throw createFailure(
    'InvalidInput',
    `${connection} ${endpoint}: the ${part} does not fit its schema: ${parsed.problems}.`,
    { connection, endpoint },
  )
}
