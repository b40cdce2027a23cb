import type { NativeConnection, Worker } from '@temporalio/worker'
import { isKeeper } from './worker-options.js'

interface Shared {
  readonly users: Set<Worker>
  /** Never rejects. */
  ended: Promise<void>
  keeper?: Worker | undefined
  stopping: boolean
  failure?: { readonly error: unknown } | undefined
}

const STATE_CHECK_MS = 50

/**
 * Runs one keeper worker beside the user's workers of a connection: it starts with the first of them
 * and ends after the last. Where the keeper fails, they end too, and with its error.
 */
export class KeeperBeside {
  readonly #create: (user: Worker) => Promise<Worker>
  // One for all: Temporal refuses a second worker of one task queue on the same connection.
  readonly #shared = new Map<NativeConnection, Shared>()

  constructor(create: (user: Worker) => Promise<Worker>) {
    this.#create = create
  }

  async run(user: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const { connection } = user
    if (connection === undefined || isKeeper(user.options)) {
      await next(user)
      return
    }
    // First, and without an await before it: `runUntil` expects the state RUNNING at once.
    const running = next(user)
    const shared = this.#join(user, connection)
    try {
      await running
    } finally {
      shared.users.delete(user)
      if (shared.users.size === 0) await this.#end(shared, connection)
    }
    if (shared.failure !== undefined) throw shared.failure.error
  }

  #join(user: Worker, connection: NativeConnection): Shared {
    const found = this.#shared.get(connection)
    if (found !== undefined) {
      found.users.add(user)
      return found
    }
    const shared: Shared = { users: new Set([user]), stopping: false, ended: Promise.resolve() }
    this.#shared.set(connection, shared)
    shared.ended = this.#keep(shared, user).catch(async (error: unknown) => {
      shared.failure = { error }
      await Promise.all([...shared.users].map(stop))
    })
    return shared
  }

  async #keep(shared: Shared, user: Worker): Promise<void> {
    const keeper = await this.#create(user)
    shared.keeper = keeper
    const running = keeper.run()
    // A worker that was made and never run would hold the connection open.
    if (shared.stopping) keeper.shutdown()
    await running
  }

  async #end(shared: Shared, connection: NativeConnection): Promise<void> {
    if (this.#shared.get(connection) === shared) this.#shared.delete(connection)
    shared.stopping = true
    if (shared.keeper?.getState() === 'RUNNING') shared.keeper.shutdown()
    await shared.ended
  }
}

/** Another plugin may have put off the start: only a worker that runs can be shut down. */
async function stop(worker: Worker): Promise<void> {
  while (worker.getState() === 'INITIALIZED')
    await new Promise((resolve) => setTimeout(resolve, STATE_CHECK_MS))
  if (worker.getState() === 'RUNNING') worker.shutdown()
}
