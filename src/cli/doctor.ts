import { examine } from './doctor/examine.js'
import { findingLines } from './doctor/finding-lines.js'
import { EXIT } from './frame/exit-codes.js'
import { type OutputOptions, show } from './frame/output.js'
import type { TemporalOptions } from './temporal/temporal-options.js'
import { temporalTarget } from './temporal/temporal-target.js'
import { withKeeper } from './temporal/with-keeper.js'

export interface DoctorOptions extends TemporalOptions, OutputOptions {
  readonly flows: readonly string[]
  readonly module?: string | undefined
}

/** `tokenkeeper doctor`: looks at everything, and says what to do. Exit code 1 where somebody is needed. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const { address } = temporalTarget(options)
  const { flows, module } = options
  const findings = await withKeeper(options, ({ client, keeper, taskQueue }) =>
    examine({ client, keeper, address, taskQueue, flows, module }),
  )
  const needsPerson = findings.some(({ outcome }) => outcome === 'problem')
  show(options, {
    value: { needsPerson, findings },
    lines: ({ columns }) => findingLines(findings, columns),
  })
  if (needsPerson) process.exitCode = EXIT.person
}
