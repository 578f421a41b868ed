/** The one owner of a task: applies observations to its record, saves it, and carries out what follows. The engine makes one each. */
import { setTimeout as delay } from "node:timers/promises";
import type { ContainerInspection } from "@roadstead/runtime/runtime";
import type { Logger } from "@roadstead/service-kit/log";
import { createBackOff } from "../control/back-off.ts";
import {
  advance,
  advanceNetwork,
  desire,
  type NetworkObservation,
  type Observation,
} from "../decide/advance.ts";
import { type Action, nextActions } from "../decide/next-actions.ts";
import { acknowledged, type TaskReport } from "../decide/next-report.ts";
import { type DesiredStatus, engineName, recordOf, specOf, type TaskRecord } from "../decide/task.ts";
import type { StateStore } from "../state-store.ts";
import { isPassing } from "./failure-text.ts";
import { attachNetwork, lookAtNetwork, releaseNetwork } from "./network-steps.ts";
import { observationsOf, type SeenExit } from "./observe.ts";
import { create, pull, removeAll, type StepDeps, start, stop } from "./steps.ts";

export interface OwnerDeps {
  readonly steps: StepDeps;
  readonly store: StateStore;
  readonly log: Logger;
  readonly now: () => number;
  readonly stopTimeoutSeconds: number;
  readonly cleanupAfterMs: number;
  /** Something may be to report. */
  readonly changed: (owner: TaskOwner) => void;
  readonly gone: (owner: TaskOwner) => void;
}

type ContainerAction = Exclude<Action, { readonly kind: TaskAction | "wake" }>;
type TaskAction = "cleanUp" | "attachNetwork" | "releaseNetwork";

/** No container has such a name. */
const NETWORK = " network";

/** A launch passes through several states within a moment: they are written together. */
const SAVE_SOON_MS = 100;
/** What the engine can be asked for again after a crash, unlike an end, which it may have forgotten by then. */
const REPEATABLE = new Set<Observation["kind"]>(["pullStarted", "pulled", "created", "started", "health"]);
const RETRY = { minMs: 250, maxMs: 10_000, factor: 2 };
const TIMER_MAX_MS = 2 ** 31 - 1;

export class TaskOwner {
  readonly #deps: OwnerDeps;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #pulls = new Map<string, AbortController>();
  readonly #closing = new AbortController();
  /** Ends that events told of: a container removed by hand is gone when one looks. */
  readonly #seenExits = new Map<string, SeenExit>();
  readonly #seenOom = new Set<string>();
  #task: TaskRecord;
  #saving: Promise<void> = Promise.resolve();
  #isDirty = false;
  #timer: NodeJS.Timeout | undefined;
  #saveTimer: NodeJS.Timeout | undefined;
  #isGone = false;
  #isActive = false;

  constructor(deps: OwnerDeps, task: TaskRecord) {
    this.#deps = deps;
    this.#task = task;
  }

  get task(): TaskRecord {
    return this.#task;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Resolves once everything known is on disk. */
  save(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    this.#isDirty = true;
    this.#saving = this.#saving.then(async () => {
      if (!this.#isDirty || this.#isGone) return;
      this.#isDirty = false;
      try {
        await this.#deps.store.saveTask(this.#task);
      } catch (error) {
        this.#isDirty = true;
        throw error;
      }
    });
    const saved = this.#saving;
    this.#saving = saved.catch((error: unknown) => {
      this.#deps.log.error(
        { op: "task.save", taskArn: this.#task.spec.arn, err: error },
        "could not save a task",
      );
    });
    return saved;
  }

  /** Called once the task is on disk and what there is of it already has been looked at; until then nothing is done for it. */
  activate(): void {
    this.#isActive = true;
    this.#deps.changed(this);
    this.kick();
  }

  desire(desired: DesiredStatus): void {
    this.#set(desire(this.#task, desired), "now");
    if (this.#task.desired === "STOPPED") for (const pulling of this.#pulls.values()) pulling.abort();
    this.kick();
  }

  observe(name: string, observation: Observation): void {
    const next = advance(this.#task, name, observation, this.#deps.now());
    this.#set(next, REPEATABLE.has(observation.kind) ? "soon" : "now");
  }

  acknowledge(report: TaskReport): void {
    this.#set(acknowledged(this.#task, report), "soon");
    this.kick();
  }

  /** An event told that the kernel ended something in the container for its memory. */
  sawOutOfMemory(name: string): void {
    this.#seenOom.add(name);
  }

  /** Looks at one container, unless a step on it runs: that looks itself when it ends. */
  async look(name: string, seen?: SeenExit): Promise<void> {
    if (seen) this.#seenExits.set(name, seen);
    if (this.#busy.has(name) || this.#isGone) return;
    const record = recordOf(this.#task, name);
    if (!record || record.phase === "STOPPED") return;
    const inspection = await this.#deps.steps.runtime.inspect(engineName(this.#task.spec, name));
    if (this.#busy.has(name)) return;
    this.#apply(name, inspection);
    this.kick();
  }

  /** Looks at what holds the task's network, unless a step on it runs. */
  async lookAtNetwork(): Promise<void> {
    if (this.#task.network !== "UP" || this.#busy.has(NETWORK) || this.#isGone) return;
    const seen = await lookAtNetwork(this.#deps.steps.networks, this.#task.spec);
    if (!seen || this.#busy.has(NETWORK)) return;
    this.#observeNetwork(seen);
    this.kick();
  }

  /** Starts every step that is due and on whose container none runs. */
  kick(): void {
    if (!this.#isActive || this.#closing.signal.aborted || this.#isGone) return;
    clearTimeout(this.#timer);
    const { now, stopTimeoutSeconds, cleanupAfterMs } = this.#deps;
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const action of nextActions(this.#task, { now: now(), stopTimeoutSeconds, cleanupAfterMs })) {
      if (action.kind === "wake") wakeAt = Math.min(wakeAt, action.at);
      else this.#beginAction(action);
    }
    if (wakeAt !== Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => this.kick(), Math.min(Math.max(wakeAt - now(), 0) + 1, TIMER_MAX_MS));
    }
  }

  /** Leaves the containers as they are; waits for steps that run. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    for (const pulling of this.#pulls.values()) pulling.abort();
    await Promise.all(this.#busy.values());
    if (this.#saveTimer) void this.save().catch(() => undefined);
    await this.#saving;
  }

  #set(next: TaskRecord, saved: "now" | "soon"): void {
    if (next === this.#task) return;
    this.#task = next;
    const save = () => void this.save().catch(() => undefined);
    if (saved === "now") save();
    else this.#saveTimer ??= setTimeout(save, SAVE_SOON_MS);
    this.#deps.changed(this);
  }

  #observeNetwork(observation: NetworkObservation): void {
    this.#set(advanceNetwork(this.#task, observation, this.#deps.now()), "now");
  }

  async #carryOutNetwork(step: typeof attachNetwork): Promise<void> {
    this.#observeNetwork(await step(this.#deps.steps.networks, this.#task.spec));
  }

  #apply(name: string, inspection: ContainerInspection | null): void {
    const seen = { exit: this.#seenExits.get(name), oom: this.#seenOom.has(name) };
    for (const observation of observationsOf(this.#task, name, inspection, seen)) {
      this.observe(name, observation);
    }
  }

  #beginAction(action: Exclude<Action, { readonly kind: "wake" }>): void {
    if (action.kind === "cleanUp") this.#begin("", () => this.#cleanUp());
    else if (action.kind === "attachNetwork")
      this.#begin(NETWORK, () => this.#carryOutNetwork(attachNetwork));
    else if (action.kind === "releaseNetwork")
      this.#begin(NETWORK, () => this.#carryOutNetwork(releaseNetwork));
    else this.#begin(action.container, () => this.#carryOut(action));
  }

  #begin(key: string, step: () => Promise<void>): void {
    if (this.#busy.has(key)) return;
    const running = this.#untilDone(key, step).finally(() => {
      this.#busy.delete(key);
      this.kick();
    });
    this.#busy.set(key, running);
  }

  /** While the engine is away a step waits for it; a step that fails otherwise has said so in the record. */
  async #untilDone(key: string, step: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    const backOff = createBackOff(RETRY);
    while (!signal.aborted) {
      try {
        return await step();
      } catch (error) {
        const ids = { taskArn: this.#task.spec.arn, container: key };
        const text = isPassing(error) ? "the engine is away" : "a step failed";
        this.#deps.log.warn({ op: "task.step", ...ids, err: error }, text);
        await delay(backOff.next(), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #carryOut(action: ContainerAction): Promise<void> {
    const { container: name } = action;
    const spec = specOf(this.#task, name);
    if (!spec) return;
    const { steps } = this.#deps;
    switch (action.kind) {
      case "pull":
        return this.#pull(name);
      case "create":
        return this.observe(name, await create(steps, this.#task.spec, spec));
      case "start":
        this.#seenExits.delete(name);
        this.#seenOom.delete(name);
        this.observe(name, await start(steps, this.#task.spec, spec));
        // A short-lived process may have ended while its start was being answered.
        return this.#apply(name, await steps.runtime.inspect(engineName(this.#task.spec, name)));
      case "stop": {
        const engine = engineName(this.#task.spec, name);
        await stop(steps, engine, action.timeoutSeconds);
        this.#apply(name, await steps.runtime.inspect(engine));
        // An engine that removes it at this moment says neither that it runs nor that it ended.
        if (recordOf(this.#task, name)?.phase === "RUNNING")
          throw new Error("the container has not ended yet");
        return;
      }
      case "abandon":
        return this.observe(name, { kind: "abandoned" });
      case "neverStarts":
        return this.observe(name, { kind: "neverStarts", reason: action.reason });
    }
  }

  async #pull(name: string): Promise<void> {
    const spec = specOf(this.#task, name);
    if (!spec) return;
    const pulling = new AbortController();
    this.#pulls.set(name, pulling);
    try {
      this.observe(name, { kind: "pullStarted" });
      const observation = await pull(
        this.#deps.steps,
        { task: this.#task.spec, container: spec },
        pulling.signal,
      );
      // A pull that was cut short has not failed: the task was told to stop, or the agent was.
      if (!pulling.signal.aborted) this.observe(name, observation);
    } finally {
      this.#pulls.delete(name);
    }
  }

  async #cleanUp(): Promise<void> {
    await removeAll(this.#deps.steps, this.#task);
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    await this.#saving;
    this.#isGone = true;
    await this.#deps.store.deleteTask(this.#task.spec.arn);
    this.#deps.log.info({ op: "task.removed", taskArn: this.#task.spec.arn }, "task removed");
    this.#deps.gone(this);
  }
}
