import type * as z from 'zod'
import type { AuthLike } from '../auth/kind/auth-kind.js'
import { authKindOf } from '../auth/registry.js'
import { templateNames } from '../definition/template.js'
import { type FormOf, openVariable, urlProblem } from '../definition/url-rules.js'
import type { VariableRule } from '../definition/variables.js'

/** Every URL of the definition, against the variables that it may hold. */
export function checkUrls(
  definition: {
    readonly baseUrl: string
    readonly auth: AuthLike
    readonly variables?: Readonly<Record<string, Pick<VariableRule, 'from' | 'form'>>> | undefined
  },
  context: z.core.$RefinementCtx,
): void {
  const { auth, variables = {} } = definition
  const formOf =
    (before: boolean): FormOf =>
    (name) => {
      const rule = Object.hasOwn(variables, name) ? variables[name] : undefined
      // A value of the token answer is not known when the token is asked for.
      if (rule !== undefined) return before && rule.from === 'answer' ? undefined : rule.form
      return name === 'account' ? 'label' : undefined
    }
  const check = (path: (string | number)[], text: string, before: boolean): void => {
    const message = urlProblem(text, { query: before }, formOf(before))
    if (message !== undefined) context.addIssue({ code: 'custom', path, message })
  }
  check(['baseUrl'], definition.baseUrl, false)
  const chosen = openVariable(definition.baseUrl) ?? ''
  if (Object.hasOwn(variables, chosen) && variables[chosen]?.from === 'answer')
    context.addIssue({
      code: 'custom',
      path: ['baseUrl'],
      message: `lets an answer choose {${chosen}} before a public suffix, below which any customer of the provider has a name: take a host or origin with its own list of hosts`,
    })
  const urls = authKindOf(auth).urls?.(auth) ?? {}
  for (const [path, text] of Object.entries(urls))
    check(['auth', ...path.split('.').map(toPart)], text, true)
  const templates = authKindOf(auth).templates?.(auth) ?? {}
  for (const [path, text] of Object.entries(templates)) {
    const misplaced = templateNames(text).find((name) => {
      const form = formOf(false)(name)
      return form !== 'label' && form !== 'segment'
    })
    if (misplaced === undefined) continue
    const message = `holds the placeholder {${misplaced.slice(0, 40)}}, which nothing gives: neither this part of auth, nor {account}, nor a variable of the connector of the form label or segment`
    context.addIssue({ code: 'custom', path: ['auth', ...path.split('.').map(toPart)], message })
  }
}

function toPart(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part
}
