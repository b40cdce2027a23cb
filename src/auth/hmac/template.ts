const HMAC_PLACEHOLDER = /\{([^{}]*)\}/g

/** Fills in a template that was taken apart once. What a value holds is not looked at again. */
export type Filler<Values> = (values: Values) => string

/** The names in braces, in order. */
export function placeholdersIn(template: string): readonly string[] {
  return [...template.matchAll(HMAC_PLACEHOLDER)].map((match) => match[1] ?? '')
}

/** @param getterOf how the value of a name is found; asked once for each name */
export function compileTemplate<Values>(
  template: string,
  getterOf: (name: string) => Filler<Values>,
): Filler<Values> {
  const [first = '', ...texts] = template.split(/\{[^{}]*\}/)
  const steps = placeholdersIn(template).map((name, index) => ({
    get: getterOf(name),
    text: texts[index] ?? '',
  }))
  return (values) => {
    let filled = first
    for (const step of steps) {
      filled += step.get(values)
      if (step.text !== '') filled += step.text
    }
    return filled
  }
}
