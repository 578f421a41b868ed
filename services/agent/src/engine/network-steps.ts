/** Carries out a step on a task's network interface, safe to repeat after a crash at any point; a task's owner calls them. */
import type { NetworkObservation } from "../decide/advance.ts";
import type { TaskSpec } from "../decide/task.ts";
import { hasNetwork, type NetworkedTask } from "../network/task-network.ts";
import { NetworkError, type TaskNetworks } from "../network/task-networks.ts";
import { isPassing } from "./failure-text.ts";

type Networks = TaskNetworks | null;

/** Throws when the engine is away; everything else is an observation. */
export async function attachNetwork(networks: Networks, task: TaskSpec): Promise<NetworkObservation> {
  const networked = withNetwork(task);
  try {
    if (!networks || !networked) {
      throw new NetworkError("network mode awsvpc is not supported by this container instance");
    }
    await networks.attach(networked);
    return { kind: "attached" };
  } catch (error) {
    if (isPassing(error)) throw error;
    return { kind: "failed", reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NetworkError) return error.message;
  const said = error instanceof Error ? error.message : String(error);
  return `ResourceInitializationError: the task's network could not be made: ${said}`;
}

export async function releaseNetwork(networks: Networks, task: TaskSpec): Promise<NetworkObservation> {
  const networked = withNetwork(task);
  if (networked) await networks?.release(networked);
  return { kind: "released" };
}

/** Null while it is as it should be. */
export async function lookAtNetwork(networks: Networks, task: TaskSpec): Promise<NetworkObservation | null> {
  const networked = withNetwork(task);
  if (!networks || !networked || (await networks.isAttached(networked))) return null;
  return { kind: "lost" };
}

const withNetwork = (task: TaskSpec): NetworkedTask | null => (hasNetwork(task) ? task : null);
