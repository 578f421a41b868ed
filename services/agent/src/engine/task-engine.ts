/** Holds the tasks of this container instance: takes assignments, adopts what already runs, follows the engine's events. */
import { setTimeout as delay } from "node:timers/promises";
import type { ContainerEvent } from "@roadstead/runtime/runtime";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";
import { createBackOff } from "../control/back-off.ts";
import { CONTAINER_LABEL, INSTANCE_LABEL, TASK_LABEL } from "../decide/create-config.ts";
import { type DesiredStatus, newTask, type TaskRecord, type TaskSpec } from "../decide/task.ts";
import { PAUSE_CONTAINER } from "../network/task-network.ts";
import type { StateStore } from "../state-store.ts";
import type { StepDeps } from "./steps.ts";
import { TaskOwner } from "./task-owner.ts";

export interface EngineDeps {
  readonly steps: StepDeps;
  readonly store: StateStore;
  readonly log: Logger;
  readonly now?: () => number;
  readonly stopTimeoutSeconds: number;
  readonly cleanupAfterMs: number;
  readonly relookEveryMs?: number;
  /** A task may have something to report. */
  readonly changed: (owner: TaskOwner) => void;
  /** Nothing of it is left. */
  readonly forgotten?: (taskArn: string) => void;
}

export interface TaskEngine {
  readonly tasks: () => readonly TaskRecord[];
  /** Resolves once the assignment is on disk; a task that is known only moves its desired status. */
  assign(spec: TaskSpec, desired: DesiredStatus): Promise<void>;
  /** Stops tasks; of those unknown here, stops and removes what carries their label. */
  stopTasks(arns: readonly string[]): Promise<void>;
  /** Tasks that containers of this instance carry the label of and that are not known. */
  strangers(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const RELOOK_EVERY_MS = 30_000;
const FIRST_LOOK_RETRY = { minMs: 100, maxMs: 2_000, factor: 2 };
const EVENTS_RETRY = { minMs: 100, maxMs: 5_000, factor: 2 };

/** Returns once what ran already is adopted. The engine must answer. */
export async function openTaskEngine(deps: EngineDeps): Promise<TaskEngine> {
  const owners = new Map<string, TaskOwner>();
  const now = deps.now ?? Date.now;
  const label = `${INSTANCE_LABEL}=${deps.steps.instanceArn}`;
  const ending = new AbortController();
  const { runtime } = deps.steps;

  const own = (task: TaskRecord): TaskOwner => {
    const gone = () => {
      owners.delete(task.spec.arn);
      deps.forgotten?.(task.spec.arn);
    };
    const owner = new TaskOwner({ ...deps, now, gone }, task);
    owners.set(task.spec.arn, owner);
    return owner;
  };
  const lookAtAll = async () => {
    for (const owner of owners.values()) await lookAt(owner);
  };
  const known = await deps.store.loadTasks();
  await deps.steps.networks?.adopt(known);
  for (const task of known) own(task);
  // What ends between the look and the first event must be among the events.
  const since = `${Date.now()}000000`;
  await lookAtAll();
  const take = (event: ContainerEvent) => takeEvent(owners, event);
  const following = followEvents({ deps, label, since, signal: ending.signal, take, lookAtAll });
  const relook: Loop = startLoop({
    name: "engine.relook",
    everyMs: deps.relookEveryMs ?? RELOOK_EVERY_MS,
    log: deps.log,
    run: () => relookMissing(owners, () => runtime.list([label])),
  });
  for (const owner of owners.values()) owner.activate();

  const assigning = new Map<string, Promise<void>>();
  const assignNow = async (spec: TaskSpec, desired: DesiredStatus) => {
    const known = owners.get(spec.arn);
    if (known && !known.isGone) {
      known.desire(desired);
      return known.save();
    }
    const owner = own(newTask(spec, desired, now()));
    try {
      await owner.save();
    } catch (error) {
      owners.delete(spec.arn);
      throw error;
    }
    void activateOnceSeen(owner, deps.log, ending.signal);
  };
  return {
    tasks: () => [...owners.values()].map(({ task }) => task),
    assign(spec, desired) {
      const earlier = assigning.get(spec.arn) ?? Promise.resolve();
      const assigned = earlier.catch(() => undefined).then(() => assignNow(spec, desired));
      assigning.set(spec.arn, assigned);
      const settled = () => {
        if (assigning.get(spec.arn) === assigned) assigning.delete(spec.arn);
      };
      assigned.then(settled, settled);
      return assigned;
    },
    async stopTasks(arns) {
      for (const arn of arns) owners.get(arn)?.desire("STOPPED");
      await removeStrangers(
        deps,
        label,
        arns.filter((arn) => !owners.has(arn)),
      );
    },
    async strangers() {
      const listed = await runtime.list([label]);
      const arns = new Set(listed.map(({ labels }) => labels[TASK_LABEL] ?? ""));
      return [...arns].filter((arn) => arn !== "" && !owners.has(arn));
    },
    async close() {
      ending.abort();
      await relook.stop();
      await following;
      await Promise.all([...owners.values()].map((owner) => owner.close()));
    },
  };
}

/** An engine that is away is waited for: the assignment is on disk and acknowledged, and nobody sends it again. */
async function activateOnceSeen(owner: TaskOwner, log: Logger, signal: AbortSignal): Promise<void> {
  const backOff = createBackOff(FIRST_LOOK_RETRY);
  while (!signal.aborted) {
    try {
      await lookAt(owner);
      if (!signal.aborted) owner.activate();
      return;
    } catch (error) {
      log.warn(
        { op: "task.firstLook", taskArn: owner.task.spec.arn, err: error },
        "could not look at a new task",
      );
      await delay(backOff.next(), undefined, { signal }).catch(() => undefined);
    }
  }
}

async function lookAt(owner: TaskOwner): Promise<void> {
  await owner.lookAtNetwork();
  for (const { name, phase } of owner.task.containers) if (phase !== "STOPPED") await owner.look(name);
}

async function takeEvent(owners: ReadonlyMap<string, TaskOwner>, event: ContainerEvent): Promise<void> {
  const owner = owners.get(event.labels[TASK_LABEL] ?? "");
  const name = event.labels[CONTAINER_LABEL];
  if (!owner || !name || event.action === "create") return;
  if (name === PAUSE_CONTAINER) return owner.lookAtNetwork();
  if (event.action === "oom") owner.sawOutOfMemory(name);
  const seen = event.action === "die" ? { exitCode: event.exitCode, at: event.at } : undefined;
  await owner.look(name, seen);
}

/** One list call: only containers whose state is not what is known are looked at. */
async function relookMissing(
  owners: ReadonlyMap<string, TaskOwner>,
  list: () => Promise<
    readonly { readonly labels: Readonly<Record<string, string>>; readonly status: string }[]
  >,
): Promise<void> {
  const running = new Set(
    (await list())
      .filter(({ status }) => status === "running")
      .map(({ labels }) => `${labels[TASK_LABEL]} ${labels[CONTAINER_LABEL]}`),
  );
  for (const owner of owners.values()) {
    for (const { name, phase } of owner.task.containers) {
      if (phase === "RUNNING" && !running.has(`${owner.task.spec.arn} ${name}`)) await owner.look(name);
    }
    if (!running.has(`${owner.task.spec.arn} ${PAUSE_CONTAINER}`)) await owner.lookAtNetwork();
    owner.kick();
  }
}

interface Following {
  readonly deps: EngineDeps;
  readonly label: string;
  /** Nanoseconds of this machine's clock, which is the engine's. */
  readonly since: string;
  readonly signal: AbortSignal;
  readonly take: (event: ContainerEvent) => Promise<void>;
  readonly lookAtAll: () => Promise<void>;
}

/** When the stream breaks it resumes from the last event, and everything is looked at, as the engine may have restarted. */
async function followEvents({ deps, label, signal, take, lookAtAll, ...from }: Following): Promise<void> {
  const backOff = createBackOff(EVENTS_RETRY);
  let { since } = from;
  let isBroken = false;
  while (!signal.aborted) {
    try {
      if (isBroken) await lookAtAll();
      for await (const event of deps.steps.runtime.events({ labels: [label], signal, since })) {
        since = event.timeNano;
        backOff.reset();
        // The next event is not held up by a look at this one's container.
        take(event).catch((error: unknown) => {
          deps.log.warn({ op: "engine.look", containerId: event.containerId, err: error }, "could not look");
        });
      }
    } catch (error) {
      isBroken = true;
      deps.log.warn({ op: "engine.events", err: error }, "the engine's events broke off");
      await delay(backOff.next(), undefined, { signal }).catch(() => undefined);
    }
  }
}

async function removeStrangers(
  { steps, log }: EngineDeps,
  label: string,
  arns: readonly string[],
): Promise<void> {
  for (const arn of arns) {
    for (const { id } of await steps.runtime.list([label, `${TASK_LABEL}=${arn}`])) {
      log.info(
        { op: "engine.removeStranger", taskArn: arn, containerId: id },
        "removing a container nobody wants",
      );
      await steps.runtime.remove(id);
    }
  }
  if (arns.length > 0) await steps.networks?.removeUnused();
}
