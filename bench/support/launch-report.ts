/** Prints what the launch benchmark measured. */
import { type CpuUse, ENGINE, MACHINE } from "./launch-cpu.ts";
import type { Batch, NetworkMode } from "./launch-side.ts";
import { median, percentile, printTable, spread } from "./numbers.ts";

/** One launch of one side, and what it cost. */
export interface Launch {
  readonly side: string;
  readonly network: NetworkMode;
  readonly count: number;
  readonly batch: Batch;
  readonly cpu: CpuUse;
}

const NETWORKS = ["host", "bridge"] as const;
const SIDES = ["docker run", "RunTask"] as const;
const [RAW, OURS] = SIDES;

export function reportLaunches(title: string, launches: readonly Launch[]): void {
  const count = launches[0]?.count ?? 0;
  console.log(`${title}: milliseconds from the first request, median (range) of ${launches.length / 4}`);
  printTable(
    count === 1
      ? ["network", "side", "running", "worst", "by startedAt", "RunTask answered"]
      : ["network", "side", "half run", "all run", "all by startedAt", "RunTask answered", "per second"],
    NETWORKS.flatMap((network) =>
      SIDES.map((side) => {
        const cell = launches.filter((launch) => launch.network === network && launch.side === side);
        return [network, side, ...(count === 1 ? oneCells(cell) : manyCells(cell, count))];
      }),
    ),
  );
  for (const network of NETWORKS) {
    const last = (side: string) =>
      median(
        launches
          .filter((launch) => launch.network === network && launch.side === side)
          .map(({ batch }) => Math.max(...batch.runningMs)),
      );
    console.log(`${network}: ${OURS} takes ${(last(OURS) / last(RAW)).toFixed(2)}× of ${RAW}`);
  }
  console.log();
}

type Milliseconds = readonly number[] | undefined;

const oneCells = (cell: readonly Launch[]): readonly string[] => {
  const running = cell.flatMap(({ batch }) => batch.runningMs);
  return [
    spread(running),
    Math.max(...running).toFixed(0),
    orDash(cell, ({ batch }) => batch.startedMs),
    orDash(cell, ({ batch }) => batch.answeredMs),
  ];
};

const manyCells = (cell: readonly Launch[], count: number): readonly string[] => {
  const last = cell.map(({ batch }) => Math.max(...batch.runningMs));
  return [
    spread(cell.map(({ batch }) => percentile(batch.runningMs, 0.5))),
    spread(last),
    orDash(cell, ({ batch }) => batch.startedMs),
    orDash(cell, ({ batch }) => batch.answeredMs),
    (count / (median(last) / 1_000)).toFixed(1),
  ];
};

/** The last of each batch. */
function orDash(cell: readonly Launch[], of: (launch: Launch) => Milliseconds): string {
  const lasts = cell.flatMap((launch) => {
    const all = of(launch);
    return all ? [Math.max(...all)] : [];
  });
  return lasts.length === 0 ? "-" : spread(lasts);
}

export function reportCpu(launches: readonly Launch[], count: number): void {
  console.log(`Processor milliseconds per launch, ${count} at once, median (range):`);
  const names = [...(launches[0]?.cpu.keys() ?? [])];
  const columns = NETWORKS.flatMap((network) => SIDES.map((side) => ({ network, side })));
  const perLaunch = (column: (typeof columns)[number], names: readonly string[]) =>
    launches
      .filter(({ network, side }) => network === column.network && side === column.side)
      .map(({ cpu }) => names.reduce((sum, name) => sum + (cpu.get(name) ?? 0), 0) / count);
  const own = names.filter((name) => name !== ENGINE && name !== MACHINE);
  printTable(
    ["process", ...columns.map(({ network, side }) => `${side}, ${network}`)],
    [
      ...own.map((name) => [name, ...columns.map((column) => spread(perLaunch(column, [name]), 1))]),
      ["Roadstead in all", ...columns.map((column) => spread(perLaunch(column, own), 1))],
      ["dockerd, containerd, shims", ...columns.map((column) => spread(perLaunch(column, [ENGINE]), 1))],
      ["the whole machine", ...columns.map((column) => spread(perLaunch(column, [MACHINE]), 1))],
    ],
  );
}

export function reportIdle(used: CpuUse, forMs: number): void {
  const parts = [...used].map(([name, ms]) => `${name} ${((ms / forMs) * 1_000).toFixed(1)}`);
  console.log(`Idle, processor milliseconds per second: ${parts.join(", ")}`);
}
