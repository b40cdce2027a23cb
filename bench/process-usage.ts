import { readFile } from 'node:fs/promises'

export interface ProcessUsage {
  /** Of all its threads since it started. */
  readonly cpuSeconds: number
  readonly residentBytes: number
}

/** Of `sysconf(_SC_CLK_TCK)`: 100 on every Linux that Node runs on. */
const TICKS_A_SECOND = 100
const PAGE_BYTES = 4096

/** What a process has used so far, as Linux tells: other systems have no `/proc`. */
export async function processUsage(pid: number): Promise<ProcessUsage> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8')
  // Behind the name, which may hold anything: utime and stime are the 12th and 13th, rss the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user = 0, system = 0] = fields.slice(11, 13).map(Number)
  return {
    cpuSeconds: (user + system) / TICKS_A_SECOND,
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  }
}
