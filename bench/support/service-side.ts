/** What both sides of the service benchmark do, and how the engine itself tells that it was done. */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const POLL_MS = 100;
const DEADLINE_MS = 180_000;

/** How a rolling update may go: so many at a time, the old or the new first. */
export interface Rollout {
  readonly name: string;
  readonly parallelism: number;
  readonly order: "stop-first" | "start-first";
}

/** A service of equal containers, each with the labels `bench.side` and `bench.version`. */
export interface ServiceSide {
  readonly name: string;
  create(replicas: number): Promise<void>;
  scale(replicas: number): Promise<void>;
  update(version: number, rollout: Rollout): Promise<void>;
  remove(): Promise<void>;
  /** Nothing of this side is left when it resolves. */
  close(): Promise<void>;
}

export const SIDE_LABEL = "bench.side";
export const VERSION_LABEL = "bench.version";
export const MEMORY_MIB = 32;
/** Ends at once when told to; a shell that waits hears the signal. */
export const COMMAND = ["sh", "-c", 'trap "exit 0" TERM; sleep 3600 & wait'];

/** Running containers of a side by version, as the engine lists them. */
async function running(side: string): Promise<ReadonlyMap<string, number>> {
  const filter = ["--filter", `label=${SIDE_LABEL}=${side}`, "--filter", "status=running"];
  const { stdout } = await run("docker", ["ps", "--format", `{{.Label "${VERSION_LABEL}"}}`, ...filter]);
  const versions = stdout.split("\n").filter((line) => line !== "");
  return new Map([...Map.groupBy(versions, (v) => v)].map(([version, list]) => [version, list.length]));
}

/** Waits until exactly so many containers of that version run, and none of another. */
export async function untilRunning(side: string, version: number, count: number): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const seen = await running(side);
    const others = [...seen].some(([v]) => v !== String(version));
    if (!others && (seen.get(String(version)) ?? 0) === count) return;
    if (performance.now() > deadline)
      throw new Error(`${side} did not get to ${count} of version ${version}: ${JSON.stringify([...seen])}`);
    await sleep(POLL_MS);
  }
}

export async function removeContainersOf(side: string): Promise<void> {
  const { stdout } = await run("docker", ["ps", "-aq", "--filter", `label=${SIDE_LABEL}=${side}`]);
  const ids = stdout.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await run("docker", ["rm", "--force", "--volumes", ...ids]);
}
