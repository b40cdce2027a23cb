const EVERY_MS = 50
const MOST_MS = 1000

/** Notes what no test may do to its process: rejections that nobody handles, a loop that stands still. */
export function watchProcess() {
  const wrong: string[] = []
  const note = (error: unknown): void => {
    wrong.push(`nobody handles: ${error instanceof Error ? String(error.stack) : String(error)}`)
  }
  process.on('unhandledRejection', note)
  process.on('uncaughtExceptionMonitor', note)
  let [atMs, usage] = [performance.now(), process.cpuUsage()]
  const timer = setInterval(() => {
    const [nowMs, used] = [performance.now(), process.cpuUsage(usage)]
    // A process that others keep from running has not stood still by itself.
    if (nowMs - atMs > MOST_MS && used.user / 1000 > MOST_MS)
      wrong.push(`the loop stood still for ${String(Math.round(nowMs - atMs))} ms`)
    ;[atMs, usage] = [nowMs, process.cpuUsage()]
  }, EVERY_MS)
  return {
    /** Since it was asked before. */
    wrong: () => wrong.splice(0),
    stop: () => {
      clearInterval(timer)
      process.off('unhandledRejection', note)
      process.off('uncaughtExceptionMonitor', note)
    },
  }
}
