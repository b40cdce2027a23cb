const PLACEHOLDER = /\{([^{}]*)\}/g

/** A template, taken apart once. */
export interface Template {
  /** The names in braces, in order. */
  readonly names: readonly string[]
  /** One text more than there are names. */
  readonly texts: readonly string[]
}

export function parseTemplate(template: string): Template {
  return {
    names: [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? ''),
    texts: template.split(/\{[^{}]*\}/),
  }
}

/** Fills in every name once: what a value holds is not looked at again. */
export function fillIn({ names, texts }: Template, valueOf: (name: string) => string): string {
  let filled = texts[0] ?? ''
  for (let index = 0; index < names.length; index += 1)
    filled += valueOf(names[index] ?? '') + (texts[index + 1] ?? '')
  return filled
}
