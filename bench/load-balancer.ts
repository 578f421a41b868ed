/**
 * A listener of ours beside the same HAProxy configured by hand, without and with trace ids, and how soon a change of
 * targets is in force; run with `node bench/load-balancer.ts`.
 *
 * All send to the same two targets (an HAProxy that answers two bytes), and wrk asks each in turns over its loopback
 * address. A change is in force when the running HAProxy has the server ready, or takes no more for it; the clock starts
 * before the request to the API is signed. `--data=FOLDER` measures a running Roadstead, otherwise a private one is brought up.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  deleteBalancer,
  deregisterTarget,
  type MadeBalancer,
  makeBalancer,
  registerTarget,
  type Target,
} from "../e2e/support/balancers.ts";
import { ensureImage } from "../e2e/support/image.ts";
import { type WrkResult, wrk } from "../e2e/support/wrk.ts";
import { printBusyness, treeCpuMs } from "./support/cpu-time.ts";
import { answering, forwarding, startHaproxy, TRACED } from "./support/haproxy-by-hand.ts";
import { median, percentile, printTable, spread } from "./support/numbers.ts";
import { type BenchedStack, benchedStack } from "./support/own-stack.ts";
import { untilServer } from "./support/running-servers.ts";

const PORT = 8_089;
const BY_HAND_PORT = 18_089;
const TRACED_PORT = 18_090;
const FIRST_TARGET = 18_100;
const CHANGES = 100;
const TARGETS = [FIRST_TARGET, FIRST_TARGET + 1] as const;
const REPETITIONS = 7;
const LOADS = [{ connections: 1 }, { connections: 32 }] as const;
const LOAD_SECONDS = 4;
const HEALTHY_AFTER_MS = 15_000;

interface Side {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

interface Measured extends WrkResult {
  readonly side: string;
  readonly connections: number;
  readonly cpuUsPerRequest: number;
}

const binary = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy"].find(existsSync);
if (!binary) throw new Error("This benchmark needs HAProxy on the machine.");
/** Targets have addresses of a private network: the container engine's is one. */
const host = execFileSync("docker", [
  ...["network", "inspect", "bridge"],
  ...["--format", "{{ (index .IPAM.Config 0).Gateway }}"],
])
  .toString()
  .trim();
const local = (port: number): Target => ({ address: host, port });
const closers: (() => Promise<unknown>)[] = [];
const measured: Measured[] = [];

await printBusyness();
await ensureImage();
try {
  const stack = await benchedStack(process.argv);
  closers.push(() => stack.close());
  const made = await ours(stack);
  const target = await startHaproxy(binary, answering(host, FIRST_TARGET, FIRST_TARGET + CHANGES), [
    host,
    FIRST_TARGET,
  ]);
  closers.push(() => target.stop());
  const byHand = await bySomebody(binary, "by hand", BY_HAND_PORT);
  const traced = await bySomebody(binary, "by hand, with trace ids", TRACED_PORT, TRACED);
  for (const port of TARGETS) await registerTarget(made, local(port));
  await untilAnswered(made.url);
  const pid = stack.pids.get("haproxy");
  if (pid === undefined) throw new Error("the stack's HAProxy is not running");
  const sides: readonly Side[] = [{ name: "Roadstead", url: made.url, pid }, byHand, traced];
  for (let repetition = 0; repetition < REPETITIONS; repetition++)
    for (const { connections } of LOADS)
      for (const side of repetition % 2 === 0 ? sides : sides.toReversed())
        measured.push(await load(side, connections));
  reportLoads(sides);
  await measureChanges(stack, made);
} finally {
  for (const close of closers.toReversed()) await close();
}

async function bySomebody(
  program: string,
  name: string,
  port: number,
  more: readonly string[] = [],
): Promise<Side> {
  const { pid, stop } = await startHaproxy(program, forwarding(port, host, TARGETS, more), [
    "127.0.0.1",
    port,
  ]);
  closers.push(stop);
  return { name, url: `http://127.0.0.1:${port}/`, pid };
}

async function ours({ roadstead, endpoint }: BenchedStack): Promise<MadeBalancer> {
  const { url, region, credentials } = endpoint;
  const client = { endpoint: url, region, credentials };
  const made = await makeBalancer({
    stack: { roadstead },
    client,
    port: PORT,
    targetType: "ip",
    drainSeconds: 0,
  });
  closers.push(() => deleteBalancer(made));
  return made;
}

async function untilAnswered(url: string): Promise<void> {
  const deadline = performance.now() + HEALTHY_AFTER_MS;
  const answers = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await answers())) {
    if (performance.now() > deadline) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function load({ name, url, pid }: Side, connections: number): Promise<Measured> {
  const before = treeCpuMs(pid);
  const result = await wrk(url, { connections, seconds: LOAD_SECONDS });
  const cpuMs = treeCpuMs(pid) - before;
  const requests = result.perSecond * LOAD_SECONDS;
  return { ...result, side: name, connections, cpuUsPerRequest: (cpuMs * 1_000) / requests };
}

function reportLoads(sides: readonly Side[]): void {
  console.log(
    `Requests over kept-alive connections, median (range) of ${REPETITIONS} times ${LOAD_SECONDS} s:`,
  );
  printTable(
    ["connections", "listener", "requests/s", "ours is", "p50 ms", "p99 ms", "CPU µs/request", "failed"],
    LOADS.flatMap(({ connections }) =>
      sides.map(({ name }) => {
        const of = (side: string, pick: (m: Measured) => number) =>
          measured.filter((m) => m.side === side && m.connections === connections).map(pick);
        const perSecond = (side: string) => of(side, (m) => m.perSecond);
        // Pairs ran next to each other: what disturbs the machine disturbs both.
        const ratios = perSecond("Roadstead").map(
          (own, index) => own / (perSecond(name)[index] ?? Number.NaN),
        );
        return [
          String(connections),
          name,
          spread(perSecond(name)),
          name === "Roadstead" ? "" : `${median(ratios).toFixed(3)}×`,
          spread(
            of(name, (m) => m.p50Ms),
            3,
          ),
          spread(
            of(name, (m) => m.p99Ms),
            3,
          ),
          spread(
            of(name, (m) => m.cpuUsPerRequest),
            1,
          ),
          String(of(name, (m) => m.failed).reduce((sum, n) => sum + n, 0)),
        ];
      }),
    ),
  );
}

async function measureChanges({ dataDir }: BenchedStack, made: MadeBalancer): Promise<void> {
  const socketPath = join(dataDir, "haproxy", "worker.sock");
  const took = { registered: [] as number[], deregistered: [] as number[] };
  const timed = async (into: number[], target: Target, open: boolean, change: typeof registerTarget) => {
    const began = performance.now();
    await change(made, target);
    await untilServer(socketPath, target, open);
    into.push(performance.now() - began);
  };
  for (let n = 0; n < CHANGES; n++) {
    const target = local(FIRST_TARGET + 2 + (n % (CHANGES - 2)));
    await timed(took.registered, target, true, registerTarget);
    await timed(took.deregistered, target, false, deregisterTarget);
  }
  console.log(
    `From the request to the API until the running HAProxy has it, ${CHANGES} changes one after the other:`,
  );
  printTable(
    ["change", "p50 ms", "p99 ms"],
    Object.entries(took).map(([change, ms]) => [
      change,
      percentile(ms, 0.5).toFixed(0),
      percentile(ms, 0.99).toFixed(0),
    ]),
  );
}
