import { execFileSync } from 'node:child_process'

/** Whether a program of Prometheus is on this machine; where it is not, one line says what is left out. */
export function hasProgram(name: 'prometheus' | 'promtool', leftOut: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    console.warn(`SKIPPED: ${leftOut}: no ${name} on the PATH (Debian: apt-get install prometheus)`)
    return false
  }
}
