import {
  authKindChecks,
  createFakeKeeper,
  createStrictUpstream,
  type FakeKeeper,
} from 'tokenkeeper/testing'

export const tools: readonly unknown[] = [authKindChecks, createFakeKeeper, createStrictUpstream]
export type Keeper = FakeKeeper
