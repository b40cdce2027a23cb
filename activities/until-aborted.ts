/**
 * What some work gives, or undefined as soon as the signal is aborted. Leaves nothing behind at the
 * signal, as a race with a promise of it would.
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (signal.aborted) return undefined
  let stop = (): void => undefined
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => {
      resolve(undefined)
    }
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
