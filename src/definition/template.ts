import { placeholders } from './variables.js'

/** Says what is wrong with a template over the given names, or nothing. */
export function templateProblem(template: string, known: readonly string[]): string | undefined {
  const unknown = placeholders(template).find((name) => !known.includes(name))
  if (unknown !== undefined)
    return `holds a placeholder that is none of ${known.map((name) => `{${name}}`).join(', ')}`
  return /[{}]/.test(template.replaceAll(/\{[^{}]*\}/g, ''))
    ? 'holds a brace that belongs to no placeholder'
    : undefined
}

/** Fills in every `{name}` of a template once: what a value holds is not looked at again. */
export function fillTemplate(template: string, valueOf: (name: string) => string): string {
  return template.replace(/\{([^{}]*)\}/g, (_all, name: string) => valueOf(name))
}
