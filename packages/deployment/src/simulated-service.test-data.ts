/** A model cluster around one service, driven by a seed: tasks move, fail and fall ill as they will, and `reconcile` answers. */
import { heapOf } from "@roadstead/placement/heap";
import { seededRandom } from "@roadstead/placement/random";
import { startedTasksMessage } from "./messages.ts";
import { reconcile } from "./reconcile.ts";
import type {
  BandLimits,
  LaunchFailure,
  ReconcileDecision,
  ServiceInstance,
  ServiceNotice,
  ServiceSnapshot,
  ServiceState,
  ServiceTask,
} from "./service-snapshot.ts";
import {
  BREAKERS,
  begin,
  countFailure,
  move,
  type SimulatedDeployment,
} from "./simulated-deployments.test-data.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Machine = Mutable<ServiceInstance> & { capacity: number };
type Observer = (snapshot: ServiceSnapshot, decision: ReconcileDecision) => void;

export const BEGIN_MS = 1_000_000_000;
const HEALTHY_AFTER_MS = 40_000;
/** Minimum healthy and maximum percent. */
const REPLICA_LIMITS = "100/200 50/200 50/100 100/150 0/100 90/110 75/125 100/100 0/200 100/400".split(" ");
const DAEMON_LIMITS = "0/100 50/100 25/100 100/100".split(" ");

export class SimulatedService {
  nowMs = BEGIN_MS;
  readonly isDaemon: boolean;
  readonly deployments: SimulatedDeployment[] = [];
  readonly tasks = new Map<string, Mutable<ServiceTask>>();
  readonly machines: Machine[] = [];
  readonly random: () => number;
  service: Mutable<ServiceState>;
  limits: BandLimits;
  /** How likely a task is never to run, to end by itself, and to fall ill. */
  odds = { startFailure: 0, crash: 0, illness: 0, lostBell: 0.05 };
  passes = 0;
  /** Is told of decisions that were carried out; those refused for being out of date were never seen by anybody. */
  onCommit: Observer = () => {};
  readonly #observe: Observer;
  readonly #events = heapOf<{ atMs: number; seq: number; run: () => void }>(
    [],
    (a, b) => a.atMs - b.atMs || a.seq - b.seq,
  );
  #notices: ServiceNotice[] = [];
  #failures: LaunchFailure[] = [];
  #seq = 0;
  #version = 0;
  #passAtMs: number | null = null;

  constructor(seed: string, observe: Observer) {
    this.random = seededRandom(seed);
    this.#observe = observe;
    this.isDaemon = this.chance(0.25);
    this.limits = this.someLimits();
    this.service = {
      id: "s",
      name: "sim",
      status: "ACTIVE",
      schedulingStrategy: this.isDaemon ? "DAEMON" : "REPLICA",
      desiredCount: this.isDaemon ? 0 : this.between(0, 12),
      healthCheckGracePeriodMs: this.chance(0.3) ? 5_000 : 0,
      steadyAtMs: null,
      notices: [],
      placement: { failedAtMs: null, attempts: 0 },
      circuitBreaker: this.oneOf(BREAKERS) ?? null,
      hasCompleted: false,
    };
    for (let i = 0; i < this.between(2, 5); i++) this.addMachine();
    this.deploy();
  }

  chance = (odds: number): boolean => this.random() < odds;
  between = (least: number, most: number): number => least + Math.floor(this.random() * (most - least + 1));
  oneOf<T>(items: readonly T[]): T | undefined {
    return items[this.between(0, items.length - 1)];
  }

  someLimits(): BandLimits {
    const limits = this.oneOf(this.isDaemon ? DAEMON_LIMITS : REPLICA_LIMITS) ?? "";
    const [minimumHealthyPercent = 100, maximumPercent = 200] = limits.split("/").map(Number);
    return { minimumHealthyPercent, maximumPercent };
  }

  at(delayMs: number, run: () => void): void {
    this.#events.push({ atMs: this.nowMs + delayMs, seq: this.#seq++, run });
  }

  /** Runs what happens until `untilMs`, or until `isDone` says so after some step. */
  runUntil(untilMs: number, isDone: () => boolean = () => false): void {
    for (;;) {
      const next = this.#events.peek();
      if (!next || next.atMs > untilMs) break;
      this.#events.pop();
      this.nowMs = next.atMs;
      next.run();
      if (isDone()) return;
    }
    this.nowMs = untilMs;
  }

  addMachine(): void {
    const id = `i${this.machines.length}`;
    this.machines.push({
      id,
      status: "ACTIVE",
      eligible: this.chance(0.9),
      hasOtherTasks: this.chance(0.3),
      capacity: this.between(2, 10),
    });
    this.bell();
  }

  /** The user's update: a new deployment at the head, and the service's version moves. */
  deploy(): void {
    this.#begin(this.chance(0.5));
    this.change(() => {});
  }

  #begin(hasHealthCheck: boolean, isRollback = false): void {
    const id = `ecs-svc/${++this.#seq}`;
    begin(this.deployments, { id, createdAtMs: this.nowMs, hasHealthCheck, isRollback });
  }

  /** A change of the service itself: decisions on what was before are refused. */
  change(how: () => void): void {
    how();
    this.#version++;
    this.bell();
  }

  /** Something happened; a lost ring is made up for by the poll, a doubled one makes two passes. */
  bell(): void {
    const delayMs = this.chance(this.odds.lostBell) ? this.between(1_000, 3_000) : this.between(1, 50);
    if (this.#passAtMs === null || this.nowMs + delayMs < this.#passAtMs) this.#passIn(delayMs);
    if (this.chance(0.03)) this.#passIn(delayMs);
  }

  #passIn(delayMs: number): void {
    this.#passAtMs = this.nowMs + delayMs;
    this.at(delayMs, () => this.pass());
  }

  snapshot(): ServiceSnapshot {
    return {
      nowMs: this.nowMs,
      service: { ...this.service, notices: [...this.#notices] },
      limits: this.limits,
      deployments: this.deployments.map((deployment) => ({ ...deployment })),
      tasks: [...this.tasks.values()].map((task) => ({ ...task })),
      instances: this.machines.map(({ id, status, eligible, hasOtherTasks = false }) => ({
        id,
        status,
        eligible,
        hasOtherTasks,
      })),
      launchFailures: [...this.#failures],
      settings: { healthyAfterMs: HEALTHY_AFTER_MS },
    };
  }

  pass(): void {
    this.#passAtMs = null;
    this.passes++;
    const snapshot = this.snapshot();
    const decision = reconcile(snapshot);
    this.#observe(snapshot, decision);
    const version = this.#version;
    const commit = () => {
      if (version === this.#version) this.#commit(snapshot, decision);
      else this.bell();
    };
    if (this.chance(0.5)) commit();
    else this.at(this.between(1, 30), commit);
  }

  #commit(snapshot: ServiceSnapshot, decision: ReconcileDecision): void {
    this.onCommit(snapshot, decision);
    this.#version++;
    this.#failures = this.#failures.slice(snapshot.launchFailures.length);
    const { status, steadyAtMs, placement } = decision;
    const desiredCount = decision.desiredCount ?? this.service.desiredCount;
    this.service = { ...this.service, status, steadyAtMs, placement, desiredCount };
    this.service.hasCompleted ||= decision.deployments.some(({ change }) => change === "COMPLETED");
    move(this.deployments, decision);
    if (decision.rollBack) this.#begin(this.chance(0.5), true);
    for (const message of decision.messages) this.#note(message);
    for (const { taskId } of decision.stops) this.#stop(taskId);
    for (const start of decision.starts)
      for (let i = 0; i < start.count; i++)
        this.#start(start.deploymentId, start.instanceIds?.[i] ?? null, Number(i < start.replacedUnhealthy));
    if (decision.wakeAtMs !== null) this.at(Math.max(0, decision.wakeAtMs - this.nowMs), () => this.pass());
  }

  #note(message: string): void {
    this.#notices = [{ message, atMs: this.nowMs }, ...this.#notices].slice(0, 100);
  }

  #start(deploymentId: string, instanceId: string | null, replaced: number): void {
    const task: Mutable<ServiceTask> = {
      id: `t${++this.#seq}`,
      deploymentId,
      lastStatus: "PLACING",
      desiredStatus: "RUNNING",
      health: "UNKNOWN",
      startedAtMs: null,
      createdAtMs: this.nowMs,
      instanceId,
    };
    this.tasks.set(task.id, task);
    this.at(this.between(5, 300), () => this.#place(task, replaced));
  }

  #place(task: Mutable<ServiceTask>, replaced: number): void {
    if (!this.tasks.has(task.id)) return;
    const room = this.machines.filter(
      ({ id, status, capacity }) =>
        status === "ACTIVE" &&
        (task.instanceId === null ? this.tasksOn(id).length < capacity : task.instanceId === id),
    );
    const machine = this.oneOf(room);
    if (!machine) {
      this.tasks.delete(task.id);
      const { deploymentId } = task;
      this.#failures.push({ deploymentId, count: 1, reason: "RESOURCE:CPU", instanceId: "i0", detail: null });
      this.bell();
      return;
    }
    task.instanceId = machine.id;
    task.lastStatus = "PENDING";
    this.#note(startedTasksMessage(this.service.name, [task.id], replaced));
    this.at(this.between(20, 3_000), () => this.#run(task));
  }

  #run(task: Mutable<ServiceTask>): void {
    if (!this.tasks.has(task.id) || task.desiredStatus === "STOPPED") return;
    const deployment = this.deployments.find(({ id }) => id === task.deploymentId);
    if (this.chance(this.odds.startFailure)) {
      this.tasks.delete(task.id);
      if (deployment) {
        deployment.startFailures++;
        countFailure(deployment);
        deployment.lastStartFailureAtMs = this.nowMs;
      }
      this.bell();
      return;
    }
    if (deployment) deployment.startFailures = 0;
    task.lastStatus = "RUNNING";
    task.startedAtMs = this.nowMs;
    this.bell();
    if (this.chance(this.odds.crash)) this.at(this.between(0, 60_000), () => this.#crash(task));
    if (deployment?.hasHealthCheck) this.at(this.between(100, 5_000), () => this.#examine(task));
  }

  #crash(task: ServiceTask): void {
    if (this.tasks.has(task.id) && task.desiredStatus === "RUNNING")
      countFailure(this.deployments.find(({ id }) => id === task.deploymentId));
    this.end(task);
  }

  #examine(task: Mutable<ServiceTask>): void {
    // In peace nobody falls ill, but who is ill does not recover by itself.
    if (!this.tasks.has(task.id) || (this.odds.illness === 0 && task.health === "UNHEALTHY")) return;
    task.health = this.chance(this.odds.illness) ? "UNHEALTHY" : "HEALTHY";
    this.bell();
    if (this.odds.illness > 0) this.at(this.between(5_000, 60_000), () => this.#examine(task));
  }

  #stop(taskId: string): void {
    const task = this.tasks.get(taskId);
    if (!task || task.desiredStatus === "STOPPED") return;
    task.desiredStatus = "STOPPED";
    if (task.lastStatus === "PLACING") {
      this.tasks.delete(taskId);
      this.bell();
      return;
    }
    this.at(this.between(10, 100), () => {
      task.lastStatus = "STOPPING";
      if (this.chance(0.5)) this.bell();
    });
    this.at(this.between(100, 5_000), () => this.end(task));
  }

  end(task: ServiceTask): void {
    if (this.tasks.delete(task.id)) this.bell();
  }

  tasksOn = (machineId: string): Mutable<ServiceTask>[] =>
    [...this.tasks.values()].filter(({ instanceId }) => instanceId === machineId);
}
