/** The supervisor: keeps the wanted processes running and stops the others. `up` starts it; its own death stops nothing. */
import { existsSync, readdirSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { identify, isAlive, type ProcessIdentity, signal } from "@roadstead/service-kit/process-identity";
import { trimLog } from "@roadstead/service-kit/trim-log";
import { dataFiles, readJson, writeJson } from "../files.ts";
import { decide, failuresAfterExit, type Observed, type SupervisorAction } from "./decide.ts";
import {
  type DesiredProcesses,
  type ProcessSpecification,
  type ProcessState,
  specificationHash,
} from "./specification.ts";
import { startProcess } from "./start-process.ts";

const IDLE_TICK_MS = 1_000;
const BUSY_TICK_MS = 50;
const LOG_CHECK_MS = 60_000;

interface Known {
  state: ProcessState | null;
  stopAskedAt: number | null;
  failures: number;
  endedAt: number | null;
  /** The specification that failed; another one owes no back-off. */
  failedHash: string | null;
  restarts: number;
}

const [dataDir] = process.argv.slice(2);
if (!dataDir) throw new Error("usage: supervisor DATA_FOLDER");
const files = dataFiles(dataDir);
const known = new Map<string, Known>();
let desired: readonly ProcessSpecification[] = [];
let timer: NodeJS.Timeout | undefined;

function main(): void {
  process.on("SIGHUP", () => undefined); // its terminal may close; it stays
  adopt();
  watch(files.run, (_event, file) => file === "desired.json" && tick());
  setInterval(() => {
    for (const p of desired) trimLog(p.logFile);
  }, LOG_CHECK_MS).unref();
  tick();
}

/** One supervisor per folder: the one that the file names. */
function isReplaced(): boolean {
  const named = readJson<ProcessIdentity>(files.supervisor);
  if (named?.pid === process.pid) return false;
  if (named && isAlive(named)) return true;
  writeJson(files.supervisor, identify(process.pid));
  return false;
}

/** Whatever an earlier supervisor started and still runs is ours again. */
function adopt(): void {
  for (const file of readdirSync(files.run)) {
    if (!file.endsWith(".process.json")) continue;
    const state = readJson<ProcessState>(join(files.run, file));
    if (state) known.set(state.name, { ...fresh(), state, restarts: state.restarts });
  }
}

const fresh = (): Known => ({
  state: null,
  stopAskedAt: null,
  failures: 0,
  endedAt: null,
  failedHash: null,
  restarts: 0,
});

function tick(): void {
  clearTimeout(timer);
  if (!existsSync(files.run) || isReplaced()) process.exit(0);
  desired = readJson<DesiredProcesses>(files.desired)?.processes ?? desired;
  noticeEnded();
  const observed = observe();
  const actions = decide(observed, Date.now());
  for (const action of actions) act(action);
  const busy = observed.some((p) => p.running?.hash !== p.wanted?.hash);
  timer = setTimeout(tick, busy ? BUSY_TICK_MS : IDLE_TICK_MS);
}

function noticeEnded(): void {
  for (const [name, entry] of known) {
    if (!entry.state || isAlive(entry.state)) continue;
    const now = Date.now();
    if (entry.stopAskedAt === null) {
      const before = entry.failedHash === entry.state.specificationHash ? entry.failures : 0;
      entry.failures = failuresAfterExit(before, now - entry.state.startedAt);
      entry.restarts += 1;
      entry.endedAt = now;
      entry.failedHash = entry.state.specificationHash;
      say("ended", { name, pid: entry.state.pid, failures: entry.failures });
    } else {
      Object.assign(entry, { failures: 0, endedAt: null });
      say("stopped", { name, pid: entry.state.pid });
    }
    Object.assign(entry, { state: null, stopAskedAt: null });
  }
}

function observe(): readonly Observed[] {
  const names = new Set([...desired.map((p) => p.name), ...known.keys()]);
  return [...names].map((name) => {
    const specification = desired.find((p) => p.name === name);
    const entry = known.get(name) ?? fresh();
    const wanted = specification ? { hash: specificationHash(specification) } : null;
    const sameFailed = entry.failedHash === wanted?.hash;
    return {
      name,
      wanted,
      running: entry.state
        ? {
            hash: entry.state.specificationHash,
            tier: entry.state.tier,
            stopTimeoutMs: entry.state.stopTimeoutMs,
            stopAskedAt: entry.stopAskedAt,
          }
        : null,
      failures: sameFailed ? entry.failures : 0,
      endedAt: sameFailed ? entry.endedAt : null,
    };
  });
}

function act(action: SupervisorAction): void {
  switch (action.kind) {
    case "start":
      start(action.name);
      break;
    case "stop":
    case "kill":
      stop(action.name, action.kind);
      break;
    case "forget":
      known.delete(action.name);
      rmSync(files.process(action.name), { force: true });
      break;
    case "exit":
      // A launcher that asks for processes at this very moment finds no supervisor and starts another.
      rmSync(files.supervisor, { force: true });
      process.exit(0);
  }
}

function start(name: string): void {
  const specification = desired.find((p) => p.name === name);
  if (!specification || !existsSync(files.run)) return;
  const entry = known.get(name) ?? fresh();
  known.set(name, entry);
  const identity = startProcess(specification, tick);
  if (!identity) {
    const failedHash = specificationHash(specification);
    Object.assign(entry, { failures: entry.failures + 1, endedAt: Date.now(), failedHash });
    say("not started", { name });
    return;
  }
  entry.state = {
    ...identity,
    name,
    specificationHash: specificationHash(specification),
    tier: specification.tier,
    stopSignal: specification.stopSignal,
    stopTimeoutMs: specification.stopTimeoutMs,
    startedAt: Date.now(),
    restarts: entry.restarts,
  };
  writeJson(files.process(name), entry.state);
  say("started", { name, pid: identity.pid });
}

function stop(name: string, kind: "stop" | "kill"): void {
  const entry = known.get(name);
  if (!entry?.state) return;
  entry.stopAskedAt ??= Date.now();
  signal(entry.state, kind === "kill" ? "SIGKILL" : entry.state.stopSignal);
  if (kind === "kill") say("killed", { name, pid: entry.state.pid });
}

function say(op: string, fields: Record<string, unknown>): void {
  process.stdout.write(
    `${JSON.stringify({ time: new Date().toISOString(), op: `supervisor.${op}`, ...fields })}\n`,
  );
}

main();
