import type * as z from 'zod'

/** Where a value does not fit its schema and of which kind each problem is; never a value. */
export function problemPaths(error: z.ZodError): string {
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
