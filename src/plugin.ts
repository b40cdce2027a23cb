import type { ClientPlugin } from '@temporalio/client'
import type {
  ActivityInterceptorsFactory,
  Worker,
  WorkerOptions,
  WorkerPlugin,
} from '@temporalio/worker'
import { createAuthorizedFetchInterceptor } from '../activities/fetch/authorized-fetch.js'
import type { Keeper } from '../activities/keeper/keeper.js'
import { type KeeperOfClient, PLUGIN_NAME } from './client/keeper-of.js'
import { withoutUndefined } from './contract/plain-data.js'
import { KEEPER_TASK_QUEUE, syncQueueOf, workQueueOf } from './contract/task-queues.js'
import { createPreparedWorker } from './worker/create-prepared-worker.js'
import { isKeeper, withoutUnusedDeployment } from './worker/worker-options.js'
import { KeeperBeside } from './worker/keeper-beside.js'
import type { KeeperOptions, KeeperWorkerOptions } from './worker/keeper-options.js'
import { connectorsById, prepareKeeper } from './worker/prepare-keeper.js'
import { syncFunctions } from './worker/sync-functions.js'

/** One process for everything: a keeper worker runs beside yours. */
export interface KeeperHereOptions extends KeeperOptions {
  readonly keeper?: 'here'
  /**
   * For the keeper worker: its cache, poller counts, shutdown times ...
   * @example keeperWorker: { maxCachedWorkflows: 5000 }
   */
  readonly keeperWorker?: Omit<KeeperWorkerOptions, keyof KeeperOptions | 'connection'>
}

/** A flow worker without any key; a keeper worker runs in another process. */
export interface KeeperElsewhereOptions {
  readonly keeper: 'elsewhere'
}

export type TokenkeeperPluginOptions = KeeperHereOptions | KeeperElsewhereOptions

/**
 * Brings tokenkeeper to a Temporal worker, `Worker.create({ …, plugins: [new TokenkeeperPlugin({ … })] })`,
 * and to a Temporal client, `new Client({ …, plugins: [plugin] })`: a `TokenkeeperClient` of that client
 * seals with the keeper's newest key and finds its task queue, so that it needs no options of its own.
 *
 * With `connectors` and `privateKeys`, a keeper worker on its own task queue runs in the same process,
 * starts and ends with yours, and `authorizedFetch` works in your activities. With
 * `{ keeper: 'elsewhere' }` nothing is needed here, and `authorizedFetch` fails with `NoKeyHere`.
 * Your workflows, activities, interceptors and data converter stay as they are.
 *
 * @throws TypeError for options that can't be
 */
export class TokenkeeperPlugin implements WorkerPlugin, ClientPlugin {
  readonly name = PLUGIN_NAME
  readonly #here: KeeperHereOptions | undefined
  readonly #beside: KeeperBeside
  #prepared: Promise<Keeper> | undefined
  #interceptor: ActivityInterceptorsFactory | undefined

  constructor(options: TokenkeeperPluginOptions) {
    this.#here = isElsewhere(options) ? undefined : options
    if (this.#here !== undefined) {
      connectorsById(this.#here)
      syncFunctions(this.#here)
    }
    this.#beside = new KeeperBeside((user) => this.#createKeeper(user))
  }

  /** What `TokenkeeperClient` takes from the plugin of its Temporal client; undefined where the keeper is elsewhere. */
  get keeper(): KeeperOfClient | undefined {
    const here = this.#here
    if (here === undefined) return undefined
    return {
      taskQueue: here.taskQueue ?? KEEPER_TASK_QUEUE,
      sealer: {
        seal: async (text, binding) => (await this.#prepare(here)).keyring.seal(text, binding),
      },
    }
  }

  /** Checks the options and reads the keys, so that `Worker.create` says what is wrong. */
  async configureWorker(given: WorkerOptions): Promise<WorkerOptions> {
    const options = withoutUnusedDeployment(given)
    if (isKeeper(options)) return options
    if (this.#here === undefined) return options
    const taskQueue = this.#here.taskQueue ?? KEEPER_TASK_QUEUE
    if ([taskQueue, workQueueOf(taskQueue), syncQueueOf(taskQueue)].includes(options.taskQueue))
      throw new TypeError(
        `taskQueue: '${options.taskQueue}' is the keeper's own; give your worker another task queue`,
      )
    const activity = options.interceptors?.activity ?? []
    const interceptor = await this.#authorizedFetch(this.#here)
    // The same plugin may be applied twice, by the worker and by its connection.
    if (activity.includes(interceptor)) return options
    return {
      ...options,
      interceptors: { ...options.interceptors, activity: [...activity, interceptor] },
    }
  }

  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    if (this.#here === undefined) await next(worker)
    else await this.#beside.run(worker, next)
  }

  async #createKeeper(user: Worker): Promise<Worker> {
    const { connection, options } = user
    if (this.#here === undefined || connection === undefined)
      throw new TypeError('a keeper needs connectors, privateKeys and a connection')
    const { taskQueue, keeperWorker } = this.#here
    return await createPreparedWorker(await this.#prepare(this.#here), {
      namespace: options.namespace,
      ...withoutUndefined({ dataConverter: options.dataConverter }),
      ...keeperWorker,
      ...withoutUndefined({ taskQueue }),
      connection,
    })
  }

  async #authorizedFetch(options: KeeperHereOptions): Promise<ActivityInterceptorsFactory> {
    const keeper = await this.#prepare(options)
    this.#interceptor ??= createAuthorizedFetchInterceptor(keeper, {
      keeperTaskQueue: options.taskQueue ?? KEEPER_TASK_QUEUE,
    })
    return this.#interceptor
  }

  async #prepare(options: KeeperHereOptions): Promise<Keeper> {
    this.#prepared ??= prepareKeeper(options)
    try {
      return await this.#prepared
    } catch (error) {
      // A key file that was missing may be there at the next try.
      this.#prepared = undefined
      throw error
    }
  }
}

function isElsewhere(options: TokenkeeperPluginOptions): options is KeeperElsewhereOptions {
  return options.keeper === 'elsewhere'
}
