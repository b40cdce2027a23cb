/** One thing that is wrong with a definition. */
export interface DefinitionProblem {
  /** As `endpoints["orders.list"].path`. */
  readonly path: string
  readonly message: string
  readonly example: string
}

/** Thrown while a module with a wrong definition loads. Never repeats a value: it may be a secret. */
export class InvalidDefinition extends TypeError {
  override readonly name = 'InvalidDefinition'
  readonly code = 'InvalidDefinition'
  readonly problems: readonly DefinitionProblem[]

  constructor(connector: string, found: readonly DefinitionProblem[]) {
    // A part is checked by itself and with the whole: a problem that both find is listed once.
    const same = (one: DefinitionProblem, other: DefinitionProblem): boolean =>
      one.path === other.path && one.message === other.message
    const problems = found.filter((one, at) => found.findIndex((other) => same(one, other)) === at)
    const lines = problems.map(
      ({ path, message, example }) =>
        `  - ${path || 'the definition'} ${message}\n      right: ${example}`,
    )
    super(`${connector} is not valid:\n${lines.join('\n')}`)
    this.problems = problems
  }
}
