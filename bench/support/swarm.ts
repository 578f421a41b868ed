/** A service of Docker Swarm on the machine's own engine: one manager that is its own worker. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { IMAGE } from "../../e2e/support/image.ts";
import {
  COMMAND,
  MEMORY_MIB,
  removeContainersOf,
  type ServiceSide,
  SIDE_LABEL,
  VERSION_LABEL,
} from "./service-side.ts";

const run = promisify(execFile);
const SERVICE = "bench-swarm";
const NAME = "Docker Swarm";

/** Refuses to touch an engine that is part of a swarm already. */
export async function swarmSide(): Promise<ServiceSide> {
  const { stdout } = await run("docker", ["info", "--format", "{{.Swarm.LocalNodeState}}"]);
  if (stdout.trim() !== "inactive")
    throw new Error(`the engine's swarm is ${stdout.trim()}: this benchmark makes one of its own`);
  await run("docker", ["swarm", "init", "--advertise-addr", "127.0.0.1"]);
  return {
    name: NAME,
    async create(replicas) {
      await run("docker", [
        ...["service", "create", "--detach", "--no-resolve-image", "--name", SERVICE],
        ...["--replicas", String(replicas), "--limit-memory", `${MEMORY_MIB}m`],
        ...["--container-label", `${SIDE_LABEL}=${NAME}`, "--container-label", `${VERSION_LABEL}=1`],
        ...[IMAGE, ...COMMAND],
      ]);
    },
    async scale(replicas) {
      await run("docker", ["service", "scale", "--detach", `${SERVICE}=${replicas}`]);
    },
    async update(version, { parallelism, order }) {
      await run("docker", [
        ...["service", "update", "--detach", "--no-resolve-image"],
        ...["--update-parallelism", String(parallelism), "--update-order", order],
        ...["--container-label-add", `${VERSION_LABEL}=${version}`, SERVICE],
      ]);
    },
    async remove() {
      await run("docker", ["service", "rm", SERVICE]);
    },
    async close() {
      await run("docker", ["swarm", "leave", "--force"]);
      await removeContainersOf(NAME);
      await run("docker", ["network", "rm", "docker_gwbridge"]).catch(() => undefined);
    },
  };
}
