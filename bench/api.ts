/**
 * Signed requests per second and their latency, beside moto's server where Python has it; run with `node bench/api.ts`.
 *
 * Both servers get the same requests from the same client over kept-alive connections, in turns; the client signs
 * every request. `--data=FOLDER` measures a running Roadstead, otherwise a private one is brought up and removed.
 */
import { ensureImage } from "../e2e/support/image.ts";
import {
  type BenchedOperation,
  CONCURRENCIES,
  type Measurement,
  measureServers,
  OPERATIONS,
  type Server,
} from "./support/api-load.ts";
import { type MotoServer, startMoto } from "./support/moto-server.ts";
import { median, printTable, spread } from "./support/numbers.ts";
import { benchedStack } from "./support/own-stack.ts";

const REPETITIONS = 3;
const DURATION_MS = 1_200;
const OURS = "Roadstead";
const PEER = "moto_server";

await ensureImage();
const stack = await benchedStack(process.argv);
let moto: MotoServer | null = null;
try {
  moto = await startMoto();
  if (!moto) console.log("moto is not installed here (pip install 'moto[server]'): Roadstead alone.\n");
  const pid = stack.pids.get("api") ?? stack.pids.get("edge");
  if (pid === undefined) throw new Error("the api's process is not running");
  const storePids = ["postgres", "redis"].flatMap((name) => stack.pids.get(name) ?? []);
  const servers: Server[] = [{ name: OURS, endpoint: stack.endpoint, pid, storePids, launchType: "EC2" }];
  if (moto) {
    const { endpoint, pid } = moto;
    servers.push({ name: PEER, endpoint, pid, storePids: [], launchType: "FARGATE" });
  }
  report(await measureServers(servers, { repetitions: REPETITIONS, durationMs: DURATION_MS }));
} finally {
  await moto?.stop();
  await stack.close();
}

function report(measurements: readonly Measurement[]): void {
  console.log(
    `Signed requests, ${DURATION_MS} ms each, ${REPETITIONS} repetitions in turns: median (range). ` +
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
