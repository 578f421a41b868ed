/** Starts containers of a Fargate task's size with the `docker` command, in a network of their own. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { IMAGE } from "../../e2e/support/image.ts";
import { MEMORY_MIB, VCPUS } from "./fargate-tasks.ts";

const run = promisify(execFile);
const NAME = "roadstead-bench";

export interface RawNetworked {
  /** Milliseconds until `docker run` has ended. */
  launch(): Promise<number>;
  clean(): Promise<void>;
  close(): Promise<void>;
}

export async function rawNetworked(): Promise<RawNetworked> {
  await run("docker", ["network", "create", NAME]);
  let running: readonly string[] = [];
  const clean = async () => {
    if (running.length > 0) await run("docker", ["rm", "--force", "--volumes", ...running]);
    running = [];
  };
  return {
    async launch() {
      const began = performance.now();
      const { stdout } = await run("docker", [
        ...["run", "--detach", "--network", NAME],
        ...["--cpus", String(VCPUS), "--memory", `${MEMORY_MIB}m`, "--memory-swap", `${MEMORY_MIB}m`],
        ...[IMAGE, "sleep", "600"],
      ]);
      const tookMs = performance.now() - began;
      running = [...running, stdout.trim()];
      return tookMs;
    },
    clean,
    async close() {
      await clean();
      await run("docker", ["network", "rm", NAME]);
    },
  };
}
