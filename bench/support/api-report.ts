/** Prints what the api benchmark measured. */
import { type BenchedOperation, CONCURRENCIES, type Measurement, OPERATIONS } from "./api-load.ts";
import { median, printTable, spread } from "./numbers.ts";

export const OURS = "Roadstead";
export const PEER = "moto_server";

export function reportRequests(
  measurements: readonly Measurement[],
  method: { readonly repetitions: number; readonly durationMs: number },
): void {
  console.log(
    `Signed requests, ${method.durationMs} ms each, ${method.repetitions} repetitions in turns: median (range). ` +
      "DescribeTasks names 10 tasks; RegisterTaskDefinition registers two containers.",
  );
  printTable(
    [
      "operation",
      "connections",
      "server",
      "requests/s",
      "p50 ms",
      "p99 ms",
      "server CPU µs",
      "stores' CPU µs",
      "client CPU µs",
    ],
    OPERATIONS.flatMap((operation) =>
      CONCURRENCIES.flatMap((concurrency) =>
        [OURS, PEER].flatMap((server) => {
          const cell = pick(measurements, { operation, concurrency, server });
          return cell.length === 0 ? [] : [[operation, String(concurrency), server, ...figures(cell)]];
        }),
      ),
    ),
  );
  if (measurements.some(({ server }) => server === PEER)) reportRatios(measurements);
}

const figures = (cell: readonly Measurement[]): readonly string[] => [
  spread(cell.map((m) => m.perSecond)),
  spread(
    cell.map((m) => m.p50Ms),
    2,
  ),
  spread(
    cell.map((m) => m.p99Ms),
    2,
  ),
  spread(cell.map((m) => m.serverCpuUs)),
  spread(cell.map((m) => m.storeCpuUs)),
  spread(cell.map((m) => m.clientCpuUs)),
];

function reportRatios(measurements: readonly Measurement[]): void {
  console.log(`Ratios of the medians, ${OURS} over ${PEER}:`);
  printTable(
    ["operation", "connections", "requests/s", "p99", "CPU with stores"],
    OPERATIONS.flatMap((operation) =>
      CONCURRENCIES.map((concurrency) => {
        const ours = pick(measurements, { operation, concurrency, server: OURS });
        const peer = pick(measurements, { operation, concurrency, server: PEER });
        const ratio = (of: (m: Measurement) => number) => median(ours.map(of)) / median(peer.map(of));
        return [
          operation,
          String(concurrency),
          `${ratio((m) => m.perSecond).toFixed(1)}×`,
          `${ratio((m) => m.p99Ms).toFixed(3)}×`,
          `${ratio((m) => m.serverCpuUs + m.storeCpuUs).toFixed(3)}×`,
        ];
      }),
    ),
  );
}

const pick = (
  measurements: readonly Measurement[],
  cell: {
    readonly operation: BenchedOperation;
    readonly concurrency: number;
    readonly server: string;
  },
): readonly Measurement[] =>
  measurements.filter(
    (m) => m.operation === cell.operation && m.concurrency === cell.concurrency && m.server === cell.server,
  );
