import * as z from 'zod'
import { LONGEST_MAX_WAIT_MS } from '../contract/wait.js'
import {
  headerName,
  httpStatus,
  jsonPath,
  milliseconds,
  plainText,
} from '../definition/text-rules.js'

const part = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, {
  message: `must be the name of a parameter inside the header: 'reset'`,
})
const form = z.enum([
  'seconds',
  'milliseconds',
  'epoch-seconds',
  'epoch-milliseconds',
  'date',
  'duration',
  'any',
])
const limitHeader = { header: headerName, part: z.exactOptional(part) }
const timeMessage = { message: `must be { header, part?, as } or { body, as }` }

const detect = z
  .strictObject({
    status: z.array(httpStatus).min(1),
    header: z.exactOptional(
      z.union([
        z.strictObject({ name: headerName, equals: plainText }),
        z.strictObject({ name: headerName, includes: plainText }),
      ]),
    ),
    body: z.exactOptional(
      z.union([
        z.strictObject({
          path: jsonPath,
          equals: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
        }),
        z.strictObject({ path: jsonPath, includes: plainText }),
        z.strictObject({ includes: plainText }),
      ]),
    ),
    waitMs: z.exactOptional(milliseconds.min(1)),
  })
  .refine(
    (rule) =>
      rule.header !== undefined ||
      rule.body !== undefined ||
      rule.status.every((one) => one >= 400 && one !== 401),
    {
      path: ['status'],
      message: 'needs a header or body beside it: such a status alone does not tell of a limit',
    },
  )

const remaining = z.strictObject({
  ...limitHeader,
  as: z.exactOptional(z.enum(['number', 'used/limit'])),
  limit: z.exactOptional(z.strictObject(limitHeader)),
  reset: z.exactOptional(z.strictObject({ ...limitHeader, as: form })),
})

const budget = z.strictObject({
  requests: z.int().min(1).max(1_000_000_000),
  perMs: z
    .int()
    .min(1)
    .max(86_400_000 * 31),
  burst: z.exactOptional(z.int().min(1).max(1_000_000_000)),
})

/** The shape of a connector's `limits`. */
export const limitsSchema = z.strictObject({
  wait: z.exactOptional(
    z
      .array(
        z.union(
          [
            z.strictObject({ ...limitHeader, as: form }),
            z.strictObject({ body: jsonPath, as: form }),
          ],
          timeMessage,
        ),
      )
      .min(1),
  ),
  detect: z.exactOptional(z.array(detect).min(1)),
  remaining: z.exactOptional(z.array(remaining).min(1)),
  maxWaitMs: z.exactOptional(milliseconds.min(1000).max(LONGEST_MAX_WAIT_MS)),
  budget: z.exactOptional(budget),
})
