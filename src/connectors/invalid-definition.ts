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

  constructor(connector: string, problems: readonly DefinitionProblem[]) {
    const lines = problems.map(
      ({ path, message, example }) =>
        `  - ${path || 'the definition'} ${message}\n      right: ${example}`,
    )
    super(`${connector} is not valid:\n${lines.join('\n')}`)
    this.problems = problems
  }
}
