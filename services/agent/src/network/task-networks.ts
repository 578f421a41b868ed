/**
 * Makes what a task's network interface takes on this machine and undoes it, each step safe to repeat: the VPC's network
 * in the engine, its rules in the packet filter, and the container that holds the task's address for all its others.
 */
import { setTimeout as delay } from "node:timers/promises";
import { isRuntimeError } from "@roadstead/runtime/errors";
import type { ContainerInspection, ContainerRuntime } from "@roadstead/runtime/runtime";
import { INSTANCE_LABEL, type Nofile, TASK_LABEL } from "../decide/create-config.ts";
import type { TaskRecord } from "../decide/task.ts";
import { createSlots, type Slots } from "../engine/slots.ts";
import type { GroupEnforcement } from "./group-enforcement.ts";
import { networkSpecOf, pauseSpec } from "./pause-config.ts";
import { PAUSE_IMAGE, pauseArchive } from "./pause-image.ts";
import { collisionOf, type Route } from "./range-collision.ts";
import { isSharing, type NetworkedTask, pauseName, type TaskNetwork, VPC_LABEL } from "./task-network.ts";

/** Why a task cannot have its interface here, in words for its owner. */
export class NetworkError extends Error {
  constructor(reason: string) {
    super(`ResourceInitializationError: ${reason}`);
    this.name = "NetworkError";
  }
}

export interface TaskNetworks {
  /** Of tasks that were here before the agent was; what is nobody's goes. */
  adopt(tasks: readonly TaskRecord[]): Promise<void>;
  attach(task: NetworkedTask): Promise<void>;
  /** Starts the container that holds the task's address. */
  start(task: NetworkedTask, container: string): Promise<void>;
  isAttached(task: NetworkedTask): Promise<boolean>;
  /** Nothing of it is left afterwards. */
  release(task: NetworkedTask): Promise<void>;
  /** Networks that no container runs in, of any agent. */
  removeUnused(): Promise<void>;
  readonly groups: GroupEnforcement;
}

export interface TaskNetworksDeps {
  readonly runtime: ContainerRuntime;
  readonly groups: GroupEnforcement;
  readonly instanceArn: string;
  readonly architecture: string;
  readonly nofile: Nofile;
  /** Whom the task's containers ask for names; with none, whom the engine says. */
  readonly nameservers?: readonly string[];
  readonly launches: Slots;
  /** Of this machine. */
  readonly routes: () => Promise<readonly Route[]>;
}

/** Another agent may remove the network as empty between its making and the first container's start. */
const TRIES = 5;
const APPEARS_AFTER_MS = 200;

export function createTaskNetworks(deps: TaskNetworksDeps): TaskNetworks {
  const { runtime, groups, launches } = deps;
  const making = createSlots(1);
  const isOurs = (task: NetworkedTask, { labels }: ContainerInspection) =>
    labels[TASK_LABEL] === task.arn && labels[INSTANCE_LABEL] === deps.instanceArn;

  const createPause = async (task: NetworkedTask) => {
    const spec = pauseSpec(task, deps);
    try {
      await runtime.create(spec);
    } catch (error) {
      if (!isRuntimeError(error, "Conflict")) throw error;
      const known = await runtime.inspect(spec.name);
      if (!known || !isOurs(task, known)) throw error;
    }
  };
  const ensure = (network: TaskNetwork) => making.run(() => ensureNetwork(deps, network));
  const startIn = async (network: TaskNetwork, container: string) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await runtime.start(container);
      } catch (error) {
        if (!isRuntimeError(error, "NotFound") || tries === TRIES) throw error;
      }
      await ensure(network);
    }
  };
  const startPause = async (task: NetworkedTask) => {
    await ensurePauseImage(deps);
    await launches.run(async () => {
      await createPause(task);
      await startIn(task.network, pauseName(task));
    });
  };
  return {
    groups,
    async adopt(tasks) {
      await groups.adopt(
        // One may run whose interface was not written down as made.
        tasks.flatMap(({ spec, network }) =>
          spec.network && network !== "GONE" ? [heldOf(spec.network)] : [],
        ),
      );
    },
    async attach(task) {
      const hold = async () => {
        await ensure(task.network);
        // What does nothing need not wait for its rules; the task's containers do.
        if (isSharing(task)) await startPause(task);
      };
      // What fails leaves the other to end: it is released afterwards.
      const both = await Promise.allSettled([groups.protect(heldOf(task.network)), hold()]);
      for (const one of both) if (one.status === "rejected") throw one.reason;
    },
    start: ({ network }, container) => startIn(network, container),
    async isAttached(task) {
      if (!isSharing(task)) return true;
      const found = await runtime.inspect(pauseName(task));
      return found?.status === "running";
    },
    async release(task) {
      await runtime.remove(pauseName(task));
      await groups.release(heldOf(task.network));
      await runtime.removeNetwork(networkSpecOf(task.network).name);
    },
    async removeUnused() {
      for (const { name, labels } of await runtime.networks()) {
        if (VPC_LABEL in labels) await runtime.removeNetwork(name);
      }
    },
  };
}

const heldOf = ({ address, vpcId }: TaskNetwork) => ({ address, vpcId });

async function ensureNetwork({ runtime, routes }: TaskNetworksDeps, network: TaskNetwork) {
  const spec = networkSpecOf(network);
  const networks = await runtime.networks();
  if (networks.some(({ name }) => name === spec.name)) return;
  const own = { network: spec.name, bridge: spec.bridge };
  const collision = collisionOf(network.vpcCidr, own, { networks, routes: await routes() });
  if (collision) {
    throw new NetworkError(
      `the range ${network.vpcCidr} of ${network.vpcId} cannot be used on this machine: ${collision}`,
    );
  }
  try {
    await runtime.createNetwork(spec);
  } catch (error) {
    if (!(await appears(runtime, spec.name))) throw error;
  }
}

/** Another agent that makes the network at this moment has its range before the engine lists it. */
async function appears(runtime: ContainerRuntime, network: string): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if ((await runtime.networks()).some(({ name }) => name === network)) return true;
    await delay(APPEARS_AFTER_MS);
  }
  return false;
}

async function ensurePauseImage({ runtime, architecture }: TaskNetworksDeps): Promise<void> {
  if (await runtime.inspectImage(PAUSE_IMAGE)) return;
  const archive = pauseArchive(architecture);
  if (!archive) throw new NetworkError(`network mode awsvpc is not supported on ${architecture} machines`);
  await runtime.importImage(PAUSE_IMAGE, archive);
}
