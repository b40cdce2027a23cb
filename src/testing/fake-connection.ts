import type { TokenStatus } from '../contract/token-status.js'

/** How a fake connection answers lease requests. */
export type FakeConnection =
  | { readonly outcome: 'granted' }
  /** Requests stay in the queue until it is granted or denied. */
  | { readonly outcome: 'waiting'; readonly status: TokenStatus; readonly message: string }
  | { readonly outcome: 'denied'; readonly message: string }

/** The signal that changes how a fake token workflow answers; its argument is a {@link FakeConnection}. */
export const FAKE_CONNECTION_SIGNAL = 'fake.connection'

export interface FakeTokenWorkflowInput {
  readonly connection: string
  /** How long each lease lives, in milliseconds. Default 600,000. */
  readonly leaseMs?: number | undefined
}

/** The workflow type of fakes: a real keeper worker runs none of them. */
export const FAKE_TOKEN_WORKFLOW = 'fakeTokenWorkflow'
