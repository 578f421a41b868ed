/** The process's Prometheus registry; services ask it for their instruments and the operations port prints it. */
import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from "prom-client";

const PREFIX = "roadstead_";
/** Seconds, from a queue hop to a slow image pull. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface Metrics {
  /** Instruments are made once per name: a pack's services asking for the same one share it. */
  counter<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
  ): Counter<Label>;
  histogram<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
  ): Histogram<Label>;
  gauge<Label extends string = never>(name: string, help: string, labels?: readonly Label[]): Gauge<Label>;
  /** Adds event loop, heap and garbage collection figures; once per process. */
  collectProcess(): void;
  contentType: string;
  text(): Promise<string>;
}

export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  const once = <T>(name: string, make: (fullName: string) => T): T => {
    const fullName = PREFIX + name;
    return (registry.getSingleMetric(fullName) as T | undefined) ?? make(fullName);
  };
  const common = <Label extends string>(name: string, help: string, labels: readonly Label[]) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    counter: <Label extends string = never>(name: string, help: string, labels: readonly Label[] = []) =>
      once(name, (full) => new Counter<Label>(common(full, help, labels) as CounterConfiguration<Label>)),
    histogram: <Label extends string = never>(name: string, help: string, labels: readonly Label[] = []) =>
      once(
        name,
        (full) =>
          new Histogram<Label>({
            ...common(full, help, labels),
            buckets: DURATION_BUCKETS,
          } as HistogramConfiguration<Label>),
      ),
    gauge: <Label extends string = never>(name: string, help: string, labels: readonly Label[] = []) =>
      once(name, (full) => new Gauge<Label>(common(full, help, labels) as GaugeConfiguration<Label>)),
    collectProcess: () => collectDefaultMetrics({ register: registry }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
