import type { MetricCounter, MetricGauge, MetricHistogram, MetricMeter } from '@temporalio/common'
import { type MetricLabels, type MetricName, METRICS } from './metrics.js'

/** Adds to a counter, sets a gauge, or records one value of a histogram. */
export type Measure = <Name extends MetricName>(
  name: Name,
  value: number,
  labels: MetricLabels<Name>,
) => void

/** For tests of parts, and for processes that export nothing. */
export const UNMEASURED: Measure = () => undefined

/** The name that is given to the SDK: its Prometheus exporter takes no dots. */
export function exportedName(name: MetricName): string {
  return name.replaceAll('.', '_')
}

type Instrument = MetricCounter | MetricGauge | MetricHistogram

/**
 * Records metrics by a meter, each of whose instruments is made once.
 * @param meter asked for at the first value: Temporal's runtime may be installed later than this is made
 */
export function createMeasure(meter: () => MetricMeter): Measure {
  const instruments = new Map<MetricName, Instrument>()
  return (name, value, labels) => {
    let instrument = instruments.get(name)
    if (instrument === undefined) {
      instrument = createInstrument(meter(), name)
      instruments.set(name, instrument)
    }
    // A clock that was set back makes no negative time, which the SDK refuses.
    const amount = Math.max(0, value)
    switch (instrument.kind) {
      case 'counter':
        instrument.add(amount, labels)
        return
      case 'gauge':
        instrument.set(amount, labels)
        return
      case 'histogram':
        instrument.record(amount, labels)
    }
  }
}

function createInstrument(meter: MetricMeter, name: MetricName): Instrument {
  const { kind, unit, description } = METRICS[name]
  const exported = exportedName(name)
  switch (kind) {
    case 'counter':
      return meter.createCounter(exported, unit, description)
    case 'gauge':
      return meter.createGauge(exported, 'float', unit, description)
    case 'histogram':
      return meter.createHistogram(exported, 'float', unit, description)
  }
}
