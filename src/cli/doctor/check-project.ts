import { type Finding, ok, problem } from './finding.js'

/** Whether the connectors of a project's module are valid; asked for, or where there is such a module. */
export async function checkProject(module: string | undefined): Promise<readonly Finding[]> {
  const check = 'connectors'
  const { findProjectModule, loadProject } = await import('../../worker/project/load-project.js')
  if (module === undefined && findProjectModule() === undefined) return []
  try {
    const { connectors } = await loadProject(module)
    const ids = connectors.map(({ id }) => id).join(', ')
    return [ok(check, `The project here defines ${ids}, and each of them is valid.`)]
  } catch (error) {
    return [
      problem(
        check,
        `The project here can't be loaded: ${error instanceof Error ? error.message : 'it threw what is no error'}`,
        'Mend what it names; a keeper worker of it does not start.',
      ),
    ]
  }
}
