/** Whether a value has members by name: no list and not null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Optional<Members> = {
  [Name in keyof Members as undefined extends Members[Name] ? Name : never]?: Exclude<
    Members[Name],
    undefined
  >
}

type Required<Members> = {
  [Name in keyof Members as undefined extends Members[Name] ? never : Name]: Members[Name]
}

/**
 * The members that have a value. It is for readers that tell an absent member from an undefined one:
 * those that list members, and those of other packages whose types say so.
 */
export function withoutUndefined<Members extends object>(
  members: Members,
): Optional<Members> & Required<Members> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Optional<Members> & Required<Members>
}

/** JSON whose object keys are in order, so that the order of writing does not count. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
