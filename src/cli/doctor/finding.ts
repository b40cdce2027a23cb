/** What `doctor` looks at, in the order in which it reports. */
export const CHECKS = [
  'server',
  'namespace',
  'search attributes',
  'keeper workers',
  'flow workers',
  'versions',
  'keys',
  'clocks',
  'proxies',
  'connectors',
  'connections',
  'coming ends',
  'workflow tasks',
] as const

export type DoctorCheck = (typeof CHECKS)[number]

/**
 * `ok`: all is well. `note`: worth knowing, and everything works. `problem`: a person has to do something.
 * `unknown`: it could not be looked at.
 */
export type Outcome = 'ok' | 'note' | 'problem' | 'unknown'

/** What was found of one thing. */
export interface Finding {
  readonly check: DoctorCheck
  readonly outcome: Outcome
  /** What was seen, in a sentence. */
  readonly message: string
  /** What to do: there for every problem. */
  readonly todo?: string | undefined
}

export function ok(check: DoctorCheck, message: string): Finding {
  return { check, outcome: 'ok', message }
}

export function note(check: DoctorCheck, message: string, todo?: string): Finding {
  return { check, outcome: 'note', message, todo }
}

export function problem(check: DoctorCheck, message: string, todo: string): Finding {
  return { check, outcome: 'problem', message, todo }
}

export function unknown(check: DoctorCheck, message: string, todo?: string): Finding {
  return { check, outcome: 'unknown', message, todo }
}

/** The first of many names, and how many more there are. */
export function namesOf(names: readonly string[], shown = 5): string {
  const rest = names.length - shown
  return rest > 0 ? `${names.slice(0, shown).join(', ')} and ${rest} more` : names.join(', ')
}

/** Each value once, in order. */
export function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort()
}
