/**
 * Makes what a task's network interface takes on this machine and undoes it, each step safe to repeat: the VPC's network
 * in the engine, its rules in the packet filter, and the container that holds the task's address for all its others.
 */
import { setTimeout as delay } from "node:timers/promises";
import { isRuntimeError } from "@roadstead/runtime/errors";
import type { ContainerInspection, ContainerRuntime } from "@roadstead/runtime/runtime";
import { createBackOff } from "../control/back-off.ts";
import { INSTANCE_LABEL, type Nofile, TASK_LABEL } from "../decide/create-config.ts";
import type { TaskRecord } from "../decide/task.ts";
import { isPassing } from "../engine/failure-text.ts";
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
/**
 * While another agent makes the network, or removes it, its range is taken and the engine does not list it: for seconds where
 * much is started at once. Half a minute in all.
 */
const MAKING_TRIES = 20;
const MAKING_AGAIN = { minMs: 100, maxMs: 2_000, factor: 2 };

export function createTaskNetworks(deps: TaskNetworksDeps): TaskNetworks {
  const { runtime, groups, launches } = deps;
  const making = new Map<string, Slots>();
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
  const ensure = (network: TaskNetwork) => {
    const ofVpc = making.get(network.vpcId) ?? createSlots(1);
    making.set(network.vpcId, ofVpc);
    return ofVpc.run(() => ensureNetwork(deps, network));
  };
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

async function ensureNetwork(deps: TaskNetworksDeps, network: TaskNetwork): Promise<void> {
  const backOff = createBackOff(MAKING_AGAIN);
  for (let tries = 1; ; tries += 1) {
    try {
      return await makeNetwork(deps, network);
    } catch (error) {
      if (!isRuntimeError(error) || isPassing(error) || tries === MAKING_TRIES) throw error;
    }
    await delay(backOff.next());
  }
}

async function makeNetwork({ runtime, routes }: TaskNetworksDeps, network: TaskNetwork): Promise<void> {
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
  await runtime.createNetwork(spec);
}

async function ensurePauseImage({ runtime, architecture }: TaskNetworksDeps): Promise<void> {
  if (await runtime.inspectImage(PAUSE_IMAGE)) return;
  const archive = pauseArchive(architecture);
  if (!archive) throw new NetworkError(`network mode awsvpc is not supported on ${architecture} machines`);
  await runtime.importImage(PAUSE_IMAGE, archive);
}
