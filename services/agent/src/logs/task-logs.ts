/** Sends the output of containers with the awslogs driver to their log groups: followed at the engine, spooled, shipped; the steps call it. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ContainerRuntime } from "@roadstead/runtime/runtime";
import type { Logger } from "@roadstead/service-kit/log";
import type { EcsClient } from "../control/ecs-client.ts";
import { logTargetOf } from "../decide/log-target.ts";
import type { ContainerSpec, TaskSpec } from "../decide/task.ts";
import type { LogCaller } from "./log-client.ts";
import { type LogFollower, startFollower } from "./log-follower.ts";
import { createLogRoom, type LogRoom } from "./log-room.ts";
import { type LogShipper, startShipper } from "./log-shipper.ts";
import { type LogSpool, openLogSpool } from "./log-spool.ts";
import { createStream, isRefusal, type LogDestination } from "./log-store.ts";

export interface TaskLogsDeps {
  readonly runtime: ContainerRuntime;
  readonly dataDir: string;
  /** Of the agent, for tasks that name none. */
  readonly region: string;
  readonly clientFor: (caller: LogCaller) => EcsClient;
  /** Changes when the machine starts, since a spool may have lost its end then. */
  readonly bootId: string;
  readonly spoolMaxBytes: number;
  readonly log: Logger;
  readonly retry?: { readonly minMs: number; readonly maxMs: number; readonly factor: number };
}

export interface TaskLogs {
  /** Before the container starts. Throws what the store refuses; a store that does not answer is no reason. */
  prepare(task: TaskSpec, container: ContainerSpec, runtimeId: string): Promise<void>;
  /** The container runs. */
  follow(runtimeId: string): void;
  /** Before the task's containers are removed: waits, not for ever, until their output is spooled. */
  finish(taskArn: string): Promise<void>;
  close(): Promise<void>;
}

/** What is known of a container whose output is sent, on disk beside its spool. */
interface Source extends LogDestination, LogCaller {}

interface Running {
  readonly source: Source;
  readonly spool: LogSpool;
  readonly shipper: LogShipper;
  follower: LogFollower | null;
  isLeaving: boolean;
}

const RETRY = { minMs: 250, maxMs: 5_000, factor: 2 };
/** How long a start waits for the log store. */
const PREPARE_MS = 2_000;
const FINISH_MS = 10_000;
const SOURCE_FILE = "source.json";
const RUNTIME_ID = /^[0-9a-f]{12,64}$/;

/** What earlier runs of the agent left is followed and sent on from there. */
export async function openTaskLogs(deps: TaskLogsDeps): Promise<TaskLogs> {
  const folder = join(deps.dataDir, "logs");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const logs = new OpenTaskLogs(deps, folder);
  for (const runtimeId of await readdir(folder)) await logs.resume(runtimeId);
  return logs;
}

/** Null where a crash left none that can be read. */
async function readSource(file: string): Promise<Source | null> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Source;
  } catch {
    return null;
  }
}

class OpenTaskLogs implements TaskLogs {
  readonly #deps: TaskLogsDeps;
  readonly #folder: string;
  readonly #running = new Map<string, Running>();
  readonly #closing = new AbortController();
  readonly #room: LogRoom;
  #answering = Promise.withResolvers<void>();

  constructor(deps: TaskLogsDeps, folder: string) {
    this.#deps = deps;
    this.#folder = folder;
    this.#room = createLogRoom(deps.spoolMaxBytes, () =>
      [...this.#running.values()].map(({ spool }) => spool),
    );
  }

  async prepare(task: TaskSpec, container: ContainerSpec, runtimeId: string): Promise<void> {
    const target = logTargetOf(container, this.#deps.region);
    if (!target || this.#running.has(runtimeId)) return;
    const stream = target.stream ?? runtimeId;
    const source: Source = { ...target, stream, taskArn: task.arn };
    try {
      await createStream(this.#deps.clientFor(source), source, AbortSignal.timeout(PREPARE_MS));
    } catch (error) {
      if (isRefusal(error)) throw error;
      this.#deps.log.warn(
        { op: "logs.prepare", taskArn: task.arn, err: error },
        "the log store is away; the container starts without it",
      );
    }
    await mkdir(this.#pathOf(runtimeId), { recursive: true, mode: 0o700 });
    const file = join(this.#pathOf(runtimeId), SOURCE_FILE);
    await writeFile(`${file}.tmp`, JSON.stringify(source), { mode: 0o600 });
    await rename(`${file}.tmp`, file);
    await this.#run(runtimeId, source);
  }

  follow(runtimeId: string): void {
    const running = this.#running.get(runtimeId);
    if (!running || this.#closing.signal.aborted) return;
    if (running.follower) running.follower.again();
    else this.#startFollower(runtimeId, running);
  }

  async finish(taskArn: string): Promise<void> {
    const ofTask = [...this.#running].filter(([, { source }]) => source.taskArn === taskArn);
    const ended = Promise.all(ofTask.map(([, { follower }]) => follower?.ended()));
    await Promise.race([ended, delay(FINISH_MS, undefined, { ref: false })]);
    for (const [runtimeId, running] of ofTask) {
      running.isLeaving = true;
      await this.#forgetIfDone(runtimeId);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const { follower, shipper, spool } of this.#running.values()) {
      await Promise.all([follower?.done, shipper.done]);
      await spool.close();
    }
    this.#running.clear();
  }

  async resume(runtimeId: string): Promise<void> {
    const file = join(this.#pathOf(runtimeId), SOURCE_FILE);
    const source = RUNTIME_ID.test(runtimeId) ? await readSource(file) : null;
    if (!source) return rm(this.#pathOf(runtimeId), { recursive: true, force: true });
    const running = await this.#run(runtimeId, source);
    this.#startFollower(runtimeId, running);
  }

  #pathOf(runtimeId: string): string {
    return join(this.#folder, runtimeId);
  }

  async #run(runtimeId: string, source: Source): Promise<Running> {
    const spool = await openLogSpool(this.#pathOf(runtimeId));
    const shipper = startShipper({
      client: this.#deps.clientFor(source),
      destination: source,
      spool,
      writer: `${runtimeId.slice(0, 32)}:${this.#deps.bootId}`,
      log: this.#deps.log,
      retry: this.#deps.retry ?? RETRY,
      signal: this.#closing.signal,
      storeAnswers: () => this.#answering.promise,
      sent: () => {
        this.#answering.resolve();
        this.#answering = Promise.withResolvers();
        this.#room.freed();
        if (spool.isEmpty) void this.#forgetIfDone(runtimeId);
      },
      isLeaving: () => running.isLeaving,
    });
    const running: Running = { source, spool, shipper, follower: null, isLeaving: false };
    this.#running.set(runtimeId, running);
    shipper.wake();
    return running;
  }

  #startFollower(runtimeId: string, running: Running): void {
    const { runtime, log, retry = RETRY } = this.#deps;
    running.follower = startFollower({
      runtime,
      runtimeId,
      spool: running.spool,
      log,
      retry,
      signal: this.#closing.signal,
      spooled: running.shipper.wake,
      room: () => this.#room.wait(running.spool, this.#closing.signal),
    });
    void running.follower.done.then(() => this.#forgetIfDone(runtimeId));
  }

  /** Once nothing more can come of it and everything was sent. */
  async #forgetIfDone(runtimeId: string): Promise<void> {
    const running = this.#running.get(runtimeId);
    if (!running || this.#closing.signal.aborted || !running.spool.isEmpty) return;
    if (!running.isLeaving && !running.follower?.isGone) return;
    this.#running.delete(runtimeId);
    await running.spool.discard();
  }
}
