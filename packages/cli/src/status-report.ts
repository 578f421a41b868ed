/** Gathers what `status` shows, and renders it; the JSON shape is for scripts and only ever grows. */
import { overdueBellLag } from "@roadstead/db/bells";
import { databaseUrl, withDb } from "./database.ts";
import { fleetAgents } from "./fleet-agents.ts";
import { add, childrenByParent, type Memory, memoryOf } from "./memory.ts";
import { probe, type Readiness } from "./readiness.ts";
import type { Remembered, Settings } from "./settings.ts";
import {
  desiredProcesses,
  processStates,
  runningProcesses,
  supervisorIdentity,
} from "./supervisor/control.ts";
import type { ProcessSpecification, ProcessState } from "./supervisor/specification.ts";

const MIB = 1024 * 1024;
/** A host's whole id is too wide for a table. */
const FLEET_NAME_CHARS = 16;
const NO_MEMORY: Memory = { rssBytes: 0, pssBytes: 0 };

interface ProcessStatus extends Memory {
  readonly name: string;
  readonly pid: number | null;
  readonly uptimeSeconds: number | null;
  readonly ready: boolean;
  /** Why it is not ready; empty when it is. */
  readonly detail: string;
  readonly restarts: number;
}

export interface StatusReport {
  readonly dataDir: string;
  readonly ready: boolean;
  readonly processes: readonly ProcessStatus[];
  readonly total: Memory;
  readonly endpoints: {
    readonly api: string;
    readonly agentGateway: string;
    readonly registry: string;
  };
  /** Null when the database does not answer. */
  readonly lag: {
    readonly overdueBells: number;
    readonly oldestMs: number;
    readonly deadLetters: number;
  } | null;
}

export async function statusReport(settings: Settings, remembered: Remembered): Promise<StatusReport> {
  const { dataDir } = settings;
  const lag = await readLag(settings, remembered);
  const running = runningProcesses(dataDir);
  const restarts = new Map(processStates(dataDir).map((state) => [state.name, state.restarts]));
  const children = withoutFleet(childrenByParent(), fleetAgents(dataDir));
  const processes = await Promise.all(
    desiredProcesses(dataDir).map((process) =>
      processStatus(process, {
        state: running.get(process.name) ?? null,
        restarts: restarts.get(process.name) ?? 0,
        children,
        databaseAnswers: lag !== null,
      }),
    ),
  );
  const all = [...processes, ...fleetStatus(dataDir, children), ...supervisorStatus(dataDir)];
  return {
    dataDir,
    ready: processes.length > 0 && lag !== null && all.every((p) => p.ready),
    processes: all,
    total: all.reduce<Memory>(add, NO_MEMORY),
    endpoints: {
      api: settings.apiUrl,
      agentGateway: settings.gatewayUrl,
      registry: `127.0.0.1:${settings.registryPort}`,
    },
    lag,
  };
}

async function processStatus(
  process: ProcessSpecification,
  known: {
    readonly state: ProcessState | null;
    readonly restarts: number;
    readonly children: ReadonlyMap<number, readonly number[]>;
    readonly databaseAnswers: boolean;
  },
): Promise<ProcessStatus> {
  const { name } = process;
  const { state, restarts } = known;
  if (state === null) {
    return {
      name,
      pid: null,
      uptimeSeconds: null,
      ready: false,
      detail: "not running",
      restarts,
      ...NO_MEMORY,
    };
  }
  const answer = await readinessOf(process, known.databaseAnswers);
  return {
    name,
    pid: state.pid,
    uptimeSeconds: Math.round((Date.now() - state.startedAt) / 1_000),
    ready: answer.ready,
    detail: answer.ready ? "" : answer.detail,
    restarts,
    ...memoryOf(state.pid, known.children),
  };
}

async function readinessOf(process: ProcessSpecification, databaseAnswers: boolean): Promise<Readiness> {
  if (process.opsPort !== null) return probe(process);
  const ready = process.name !== "postgres" || databaseAnswers;
  return { ready, detail: ready ? "" : "does not answer" };
}

/** The provisioner's children for as long as it lives, but processes of their own. */
function withoutFleet(
  children: ReadonlyMap<number, readonly number[]>,
  agents: readonly { readonly pid: number }[],
): ReadonlyMap<number, readonly number[]> {
  const own = new Set(agents.map(({ pid }) => pid));
  return new Map([...children].map(([parent, pids]) => [parent, pids.filter((pid) => !own.has(pid))]));
}

/** Agents of Fargate's hosts: whether they are connected only the provisioner knows. */
const fleetStatus = (
  dataDir: string,
  children: ReadonlyMap<number, readonly number[]>,
): readonly ProcessStatus[] =>
  fleetAgents(dataDir).map(({ name, pid, startedAt }) => ({
    name: name.slice(0, FLEET_NAME_CHARS),
    pid,
    uptimeSeconds: Math.round((Date.now() - startedAt) / 1_000),
    ready: true,
    detail: "",
    restarts: 0,
    ...memoryOf(pid, children),
  }));

function supervisorStatus(dataDir: string): readonly ProcessStatus[] {
  const identity = supervisorIdentity(dataDir);
  if (!identity) return [];
  // Its children run in sessions of their own and are counted above.
  const memory = memoryOf(identity.pid, new Map());
  return [
    {
      name: "supervisor",
      pid: identity.pid,
      uptimeSeconds: null,
      ready: true,
      detail: "",
      restarts: 0,
      ...memory,
    },
  ];
}

async function readLag(settings: Settings, remembered: Remembered): Promise<StatusReport["lag"]> {
  try {
    return await withDb(databaseUrl(settings, remembered), async (db) => {
      const lags = await overdueBellLag(db);
      const [dead] = await db.query<{ count: number }>("SELECT count(*)::int AS count FROM dead_letters");
      return {
        overdueBells: lags.reduce((sum, lag) => sum + lag.count, 0),
        oldestMs: Math.round(Math.max(0, ...lags.map((lag) => lag.oldestMs))),
        deadLetters: dead?.count ?? 0,
      };
    });
  } catch {
    return null;
  }
}

export function renderStatus(report: StatusReport): string {
  const rows = report.processes.map((p) => [
    p.name,
    p.pid === null ? "-" : String(p.pid),
    p.uptimeSeconds === null ? "-" : duration(p.uptimeSeconds),
    mebibytes(p.pssBytes),
    mebibytes(p.rssBytes),
    p.ready ? "yes" : "NO",
    p.restarts === 0 ? "" : `${p.restarts} restarts`,
  ]);
  const header = ["PROCESS", "PID", "UP", "MEMORY", "RSS", "READY", ""];
  const total = [
    "total",
    "",
    "",
    mebibytes(report.total.pssBytes),
    mebibytes(report.total.rssBytes),
    report.ready ? "yes" : "NO",
    "",
  ];
  const problems = report.processes.filter((p) => p.detail !== "").map((p) => `  ${p.name}: ${p.detail}`);
  const stopped = report.processes.length === 0 ? ["Nothing runs; start it with: ./roadstead up"] : [];
  return [
    ...stopped,
    ...table([header, ...rows, total]),
    ...problems,
    "(MEMORY counts a shared page once, RSS counts it for everyone who shares it)",
    "",
    `API      ${report.endpoints.api}`,
    `agents   ${report.endpoints.agentGateway}`,
    `lag      ${renderLag(report.lag)}`,
    `data     ${report.dataDir}`,
    "",
  ].join("\n");
}

function renderLag(lag: StatusReport["lag"]): string {
  if (lag === null) return "unknown: the database does not answer";
  const dead = lag.deadLetters === 0 ? "" : `; ${lag.deadLetters} dead letters (./roadstead dead-letters)`;
  const overdue =
    lag.overdueBells === 0 ? "none" : `${lag.overdueBells} overdue, the oldest by ${lag.oldestMs} ms`;
  return `${overdue}${dead}`;
}

export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

const mebibytes = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h${Math.floor((seconds % 3_600) / 60)}m`;
  return `${Math.floor(seconds / 86_400)}d${Math.floor((seconds % 86_400) / 3_600)}h`;
}
