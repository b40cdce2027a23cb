/** The task queue of the keeper worker, unless the user names another. */
export const KEEPER_TASK_QUEUE = 'tokenkeeper'
