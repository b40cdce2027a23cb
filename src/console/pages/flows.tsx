import { toPlain } from '../../contract/foreign-text.js'
import type { ConnectionStatus } from '../../contract/token-status.js'
import { type ConsoleSite, pathOf } from '../site/console-site.js'
import { Moment } from '../frame/parts.js'

/** The flows that wait for a connection, and those that hold a lease of it. */
export function Flows({
  site,
  status,
  nowMs,
}: {
  site: ConsoleSite
  status: ConnectionStatus
  nowMs: number
}) {
  const { waiting, waitingFlows, leaseHolders = [], counts } = status
  return (
    <div class="columns">
      <section>
        <h2>Parked flows</h2>
        <p>
          {waiting === 0 && 'No flow waits.'}
          {waiting === 1 && 'One flow waits for this connection.'}
          {waiting > 1 && `${waiting} flows wait for this connection.`}
        </p>
        <ul>
          {waitingFlows.map((flow) => (
            <li>
              <FlowLink site={site} workflowId={flow} />
            </li>
          ))}
        </ul>
        {waiting > waitingFlows.length && (
          <p class="quiet">{waiting - waitingFlows.length} others are not shown.</p>
        )}
      </section>
      <section>
        <h2>Lease holders</h2>
        <p>
          {counts.leases} leases were handed out
          {leaseHolders.length === 0 ? '.' : '. Of this generation, to these flows last:'}
        </p>
        <ul>
          {leaseHolders.map(({ workflowId, generation, atMs }) => (
            <li>
              <FlowLink site={site} workflowId={workflowId} />{' '}
              <span class="quiet small">
                generation {generation}, <Moment atMs={atMs} nowMs={nowMs} />
              </span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}

function FlowLink({ site, workflowId }: { site: ConsoleSite; workflowId: string }) {
  return (
    <a class="id" href={pathOf(site, `/syncs?id=${encodeURIComponent(workflowId)}`)}>
      {toPlain(workflowId, 300)}
    </a>
  )
}
