import type { Client } from '@temporalio/client'

/** Asks a connection for a new token by the signal: whatever comes of it, the call has ended before. */
export async function askForRefresh(
  client: Client,
  connector: string,
  account = 'default',
): Promise<void> {
  await client.workflow.getHandle(`token:${connector}:${account}`).signal('tokenkeeper.refresh')
}
