/** Submits states to the control plane, in order for each task, until each is taken; the engine's changes set it off. */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@roadstead/service-kit/log";
import { nextReport, type TaskReport } from "../decide/next-report.ts";
import { createSlots } from "../engine/slots.ts";
import type { TaskOwner } from "../engine/task-owner.ts";
import { createBackOff } from "./back-off.ts";
import { type EcsClient, EcsError } from "./ecs-client.ts";

export interface ReporterDeps {
  readonly client: EcsClient;
  readonly log: Logger;
  readonly retry?: { readonly minMs: number; readonly maxMs: number; readonly factor: number };
}

export interface Reporter {
  changed(owner: TaskOwner): void;
  /** For a task that could not be read. */
  refuse(task: { readonly arn: string; readonly clusterArn: string; readonly reason: string }): void;
  close(): Promise<void>;
}

const TASKS_IN_PARALLEL = 10;
/** Short: what happened while the control plane was away is known soon after its return. */
const RETRY = { minMs: 1_000, maxMs: 5_000, factor: 2 };

export function createReporter({ client, log, retry = RETRY }: ReporterDeps): Reporter {
  const ending = new AbortController();
  const { signal } = ending;
  const slots = createSlots(TASKS_IN_PARALLEL);
  const running = new Map<TaskOwner, Promise<void>>();
  const outage = createOutage(signal);

  /** False when the agent ends first. A slot is held while a request is under way, not while waiting. */
  const untilTaken = async (input: { readonly task: string }): Promise<boolean> => {
    const backOff = createBackOff(retry);
    while (!signal.aborted) {
      const error = await slots
        .run(() => client.call("SubmitTaskStateChange", input, signal))
        .then(outage.over, (failure: unknown) => failure ?? new Error("no reason"));
      if (error === undefined) return true;
      if (signal.aborted) return false;
      const ids = { op: "task.report", taskArn: input.task, err: error };
      if (isFinal(error)) {
        log.error(ids, "the control plane refuses a report for good");
        return true;
      }
      log.warn(ids, "could not report; trying again");
      await pause(backOff.next(), isAway(error) ? outage.ended() : signal);
    }
    return false;
  };
  const reportAll = async (owner: TaskOwner) => {
    // What happens in one turn goes out as one report.
    await Promise.resolve();
    for (let next = nextReport(owner.task); next && !signal.aborted; next = nextReport(owner.task)) {
      const { arn, clusterArn } = owner.task.spec;
      const input = { cluster: clusterArn, task: arn, ...wireReport(next) };
      if (!(await untilTaken(input))) return;
      owner.acknowledge(next);
    }
  };
  const changed = (owner: TaskOwner) => {
    if (running.has(owner) || signal.aborted || !nextReport(owner.task)) return;
    const reporting = reportAll(owner).finally(() => {
      running.delete(owner);
      changed(owner);
    });
    running.set(owner, reporting);
  };
  return {
    changed,
    refuse({ arn, clusterArn, reason }) {
      const input = { cluster: clusterArn, task: arn, status: "STOPPED", reason, containers: [] };
      void untilTaken(input);
    },
    async close() {
      ending.abort();
      await Promise.all(running.values());
    },
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined);

const isFinal = (error: unknown): boolean =>
  error instanceof EcsError && error.code === "InvalidParameterException";

/** Nothing was said about the report itself. */
const isAway = (error: unknown): boolean => !(error instanceof EcsError) || error.httpStatus >= 500;

/** The first report that is taken after an outage tells all others not to wait any longer. */
function createOutage(signal: AbortSignal) {
  let end = new AbortController();
  let waited = false;
  return {
    ended(): AbortSignal {
      waited = true;
      return AbortSignal.any([signal, end.signal]);
    },
    over(): void {
      if (!waited) return;
      waited = false;
      end.abort();
      end = new AbortController();
    },
  };
}

const seconds = (ms: number) => ms / 1_000;

function wireReport({ pullStartedAt, pullStoppedAt, executionStoppedAt, ...rest }: TaskReport): object {
  return {
    ...rest,
    ...(pullStartedAt === undefined ? {} : { pullStartedAt: seconds(pullStartedAt) }),
    ...(pullStoppedAt === undefined ? {} : { pullStoppedAt: seconds(pullStoppedAt) }),
    ...(executionStoppedAt === undefined ? {} : { executionStoppedAt: seconds(executionStoppedAt) }),
  };
}
