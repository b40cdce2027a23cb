/** Answers the one call that minting makes of the client: for the first event of this run. */
export function createFirstEventClient(runId: string) {
  const requests: unknown[] = []
  const state = {
    /** What the first event names as the original run; empty: the server does not answer. */
    originalRunId: runId,
    requests,
    client: {
      withAbortSignal: (_signal: unknown, work: () => unknown) => work(),
      workflowService: {
        getWorkflowExecutionHistory: (request: unknown) => {
          requests.push(request)
          if (state.originalRunId === '') return Promise.reject(new Error('unavailable'))
          const attributes = { originalExecutionRunId: state.originalRunId }
          const events = [{ workflowExecutionStartedEventAttributes: attributes }]
          return Promise.resolve({ history: { events } })
        },
      },
    },
  }
  return state
}
