/** What a row has to reach, and how its figure reads. */
export interface Promised {
  readonly row: string
  readonly what: string
  readonly reach: number
  /**
   * With `--quick`, where rounds are short and other rows work beside them: what only a promise that is broken misses.
   * Default: the same.
   */
  readonly quickReach?: number
  /** Default `at most`. */
  readonly sense?: 'at least' | 'above' | 'at most'
  readonly unit?: 'actions' | 'events' | 's' | 'MiB'
  /**
   * `counts`: it counts, or waits by a clock of its own: what works beside it makes no difference.
   * `waits`: both sides wait for their upstream nearly all the time, and leave the cores to others.
   * Default: it is measured alone.
   */
  readonly beside?: 'counts' | 'waits'
  /** Where several are measured at once it begins first, so that nothing is left to wait for it alone. */
  readonly isLong?: true
  /** Rows of one fixture that takes longer to make than they do: one process measures them, in their order. */
  readonly shares?: 'fleet'
}

/** Whether a figure reaches what is asked. */
export function reaches(
  { sense = 'at most' }: Pick<Promised, 'sense'>,
  reach: number,
  value: number,
): boolean {
  switch (sense) {
    case 'at least':
      return value >= reach
    case 'above':
      return value > reach
    case 'at most':
      return value <= reach
  }
}

/** Rows that one process measures, in the order in which they begin. */
export function toGroups<Row extends Promised>(rows: readonly Row[]): readonly Row[][] {
  const groups: Row[][] = []
  const inOrder = [
    ...rows.filter(({ isLong }) => isLong === true),
    ...rows.filter(({ isLong }) => isLong !== true),
  ]
  for (const row of inOrder) {
    const { shares } = row
    const group = shares && groups.find(([first]) => first?.shares === shares)
    if (group === undefined) groups.push([row])
    else group.push(row)
  }
  return groups
}
