/** The stack's processes as the supervisor's files tell of them, and whether they answer; faults.ts acts on these. */
import { setTimeout as delay } from "node:timers/promises";
import { dataFiles, readJson, writeJson } from "@roadstead/cli/files";
import { probe } from "@roadstead/cli/readiness";
import { runningProcesses } from "@roadstead/cli/supervisor/control";
import type { DesiredProcesses, ProcessSpecification } from "@roadstead/cli/supervisor/specification";
import { askRedis } from "./redis.ts";
import { askPostgres } from "./sql.ts";

/** A whole control plane that starts on two busy processors takes most of a minute. */
const RETURN_TIMEOUT_MS = 120_000;
const POLL_MS = 50;
const PROBE_TIMEOUT_MS = 1_500;

function desiredOf(dataDir: string): readonly ProcessSpecification[] {
  return readJson<DesiredProcesses>(dataFiles(dataDir).desired)?.processes ?? [];
}

/** A setting that any process of the stack was given. */
export function settingOf(dataDir: string, name: string): string {
  const value = desiredOf(dataDir)
    .map(({ env }) => env[name])
    .find((found) => found);
  if (!value) throw new Error(`no process of the stack was given ${name}`);
  return value;
}

export function pidOf(dataDir: string, name: string): number {
  const running = runningProcesses(dataDir).get(name);
  if (!running) throw new Error(`${name} does not run`);
  return running.pid;
}

/** Ends processes and keeps them away until the answered function lets them come back. */
export async function takeAway(dataDir: string, names: readonly string[]): Promise<() => void> {
  const file = dataFiles(dataDir).desired;
  const wanted = desiredOf(dataDir);
  writeJson(file, {
    processes: wanted.filter(({ name }) => !names.includes(name)),
  } satisfies DesiredProcesses);
  const letBack = () => writeJson(file, { processes: wanted } satisfies DesiredProcesses);
  const deadline = Date.now() + RETURN_TIMEOUT_MS;
  while (names.some((name) => runningProcesses(dataDir).has(name))) {
    if (Date.now() > deadline) {
      letBack();
      throw new Error(`${names.join(" and ")} did not end`);
    }
    await delay(POLL_MS);
  }
  return letBack;
}

/** Returns when processes of those names answer that are not the ones with these pids. */
export async function untilAnswering(
  dataDir: string,
  names: readonly string[],
  gone: ReadonlySet<number>,
): Promise<void> {
  const deadline = Date.now() + RETURN_TIMEOUT_MS;
  const specifications = desiredOf(dataDir).filter(({ name }) => names.includes(name));
  for (const specification of specifications) {
    while (!(await answersAnew(dataDir, specification, gone))) {
      if (Date.now() > deadline) throw new Error(`${specification.name} did not come back`);
      await delay(POLL_MS);
    }
  }
}

async function answersAnew(
  dataDir: string,
  specification: ProcessSpecification,
  gone: ReadonlySet<number>,
): Promise<boolean> {
  const running = runningProcesses(dataDir).get(specification.name);
  return running !== undefined && !gone.has(running.pid) && (await answers(dataDir, specification));
}

async function answers(dataDir: string, { name, opsPort, opsHost }: ProcessSpecification): Promise<boolean> {
  if (opsPort !== null) return (await probe({ opsHost, opsPort })).ready;
  switch (name) {
    case "postgres":
      return succeeds(() => askPostgres(settingOf(dataDir, "ROADSTEAD_DATABASE_URL"), "SELECT 1"));
    case "redis":
      return succeeds(() => askRedis(settingOf(dataDir, "ROADSTEAD_REDIS_URL"), "PING"));
    case "minio":
      return succeeds(() => askMinio(settingOf(dataDir, "ROADSTEAD_BLOB_S3_ENDPOINT")));
    default:
      throw new Error(`nobody knows when ${name} answers`);
  }
}

async function askMinio(endpoint: string): Promise<void> {
  const answer = await fetch(`${endpoint}/minio/health/ready`, {
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`MinIO answered ${answer.status}`);
}

const succeeds = (ask: () => Promise<unknown>): Promise<boolean> =>
  ask().then(
    () => true,
    () => false,
  );
