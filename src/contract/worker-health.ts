/** What a worker process answers on its health address. */
export interface WorkerHealth {
  /** It runs, and asks for work. */
  readonly alive: boolean
  /** `STARTING`, and the states of a Temporal worker: `RUNNING`, `DRAINING`, `FAILED` ... */
  readonly state: string
  readonly workflowPollers?: string | undefined
  readonly activityPollers?: string | undefined
  readonly taskQueue: string
  /** Of a keeper worker: those beside it, of calls and of syncs. */
  readonly beside?: readonly HealthBeside[] | undefined
  /** Since when it tells its health, in milliseconds since the epoch. */
  readonly startedAtMs: number
  /** The identity by which the server knows it: `<process>@<host>` unless the worker was told another. */
  readonly identity?: string | undefined
}

/** How a worker is that a keeper worker has beside it. */
export interface HealthBeside {
  readonly taskQueue: string
  readonly state: string
  readonly activityPollers: string
}

/** Where a process listens. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Reads `8081` (of this machine alone), `0.0.0.0:8081` or `[::1]:8081`; undefined for anything else. */
export function readHostPort(text: string): HostPort | undefined {
  const found = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text.trim())
  const port = Number(found?.[3])
  if (found === null || port > 65_535) return undefined
  return { host: found[1] ?? found[2] ?? '127.0.0.1', port }
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
