/** Starts containers with the `docker` command, as somebody without an orchestrator would. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { IMAGE } from "../../e2e/support/image.ts";
import { type Batch, CPU_UNITS, inParallel, MEMORY_MIB, type NetworkMode, type Side } from "./launch-side.ts";

const run = promisify(execFile);
const LABEL = "com.roadstead.bench=raw";
/** More at once do not make two cores faster; each waits longer. */
const CONCURRENCY = 8;

/** The flags say what the agent asks of the engine for the same task. */
const runOne = (network: NetworkMode) =>
  run("docker", [
    ...["run", "--detach", "--label", LABEL, "--network", network],
    ...["--cpu-shares", String(CPU_UNITS), "--memory", `${MEMORY_MIB}m`],
    ...[IMAGE, "sleep", "600"],
  ]);

export const rawDocker: Side = {
  name: "docker run",
  async launch(network, count): Promise<Batch> {
    const startedAt = performance.now();
    const runningMs: number[] = [];
    await inParallel(count, CONCURRENCY, async () => {
      await runOne(network);
      runningMs.push(performance.now() - startedAt);
    });
    return { runningMs };
  },
  async clean() {
    const { stdout } = await run("docker", [
      "ps",
      "--all",
      "--quiet",
      "--no-trunc",
      "--filter",
      `label=${LABEL}`,
    ]);
    const ids = stdout.split("\n").filter((id) => id !== "");
    if (ids.length > 0) await run("docker", ["rm", "--force", "--volumes", ...ids]);
  },
};
