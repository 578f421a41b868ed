/** Runs HAProxy as somebody would configure it by hand: what the load balancer's listener is measured beside, and what both send to. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface HandMadeHaproxy {
  readonly pid: number;
  stop(): Promise<void>;
}

const STARTED_WITHIN_MS = 5_000;

/** Answers two bytes to every request, at each of the ports. */
export const answering = (host: string, from: number, to: number): readonly string[] => [
  "frontend target",
  `  bind ${host}:${from}-${to}`,
  '  http-request return status 200 content-type text/plain string "ok"',
];

/** As whoever wants the listener's trace ids would make them, at no more cost than the listener does. */
export const TRACED = [
  "  http-request add-header X-Amzn-Trace-Id Root=1-%[date,hex,bytes(8),lower]-%[rand(90000000),add(10000000)]%[rand,xxh64,hex,lower] unless { req.hdr(X-Amzn-Trace-Id) -m found }",
] as const;

/** What an application load balancer's job takes: balancing, checks, and the headers that targets read. */
export const forwarding = (
  port: number,
  host: string,
  targets: readonly number[],
  more: readonly string[] = [],
): readonly string[] => [
  "frontend front",
  `  bind 127.0.0.1:${port}`,
  "  option forwardfor",
  "  http-request set-header X-Forwarded-Proto http",
  `  http-request set-header X-Forwarded-Port ${port}`,
  ...more,
  "  default_backend web",
  "backend web",
  "  balance roundrobin",
  "  option httpchk GET /",
  "  default-server inter 5s rise 2 fall 2",
  ...targets.map((target, index) => `  server s${index} ${host}:${target} check`),
];

export async function startHaproxy(
  binary: string,
  lines: readonly string[],
  listens: readonly [host: string, port: number],
): Promise<HandMadeHaproxy> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-bench-haproxy-"));
  const file = join(folder, "haproxy.cfg");
  await writeFile(file, `${[...SETTINGS, ...lines].join("\n")}\n`);
  const child = spawn(binary, ["-db", "-f", file], { stdio: ["ignore", "ignore", "inherit"] });
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilListening(...listens);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, stop };
}

const SETTINGS = [
  "global",
  "  maxconn 4000",
  "defaults",
  "  mode http",
  "  timeout connect 5s",
  "  timeout client 60s",
  "  timeout server 60s",
];

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function untilListening(host: string, port: number): Promise<void> {
  const deadline = performance.now() + STARTED_WITHIN_MS;
  while (!(await isListening(host, port))) {
    if (performance.now() > deadline) throw new Error(`HAProxy does not listen on ${port}`);
    await sleep(50);
  }
}

const isListening = (host: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
