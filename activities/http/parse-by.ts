import type * as z from 'zod'
import { problemPaths } from './problem-paths.js'

export type Parsed =
  | { readonly success: true; readonly data: unknown }
  /** Paths and kinds, never a value. */
  | { readonly success: false; readonly problems: string }

/** What a schema makes of a value. A function in it that throws is a problem too: its words may hold values. */
export async function parseBy(schema: z.ZodType, value: unknown): Promise<Parsed> {
  try {
    const parsed = await schema.safeParseAsync(value)
    if (parsed.success) return parsed
    return { success: false, problems: problemPaths(parsed.error) }
  } catch {
    return { success: false, problems: 'a function in the schema threw' }
  }
}
