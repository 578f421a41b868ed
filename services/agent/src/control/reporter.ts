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
const RETRY = { minMs: 1_000, maxMs: 30_000, factor: 2 };

export function createReporter({ client, log, retry = RETRY }: ReporterDeps): Reporter {
  const ending = new AbortController();
  const { signal } = ending;
  const slots = createSlots(TASKS_IN_PARALLEL);
  const running = new Map<TaskOwner, Promise<void>>();

  /** False when the agent ends first. A slot is held while a request is under way, not while waiting. */
  const untilTaken = async (input: { readonly task: string }): Promise<boolean> => {
    const backOff = createBackOff(retry);
    while (!signal.aborted) {
      try {
        await slots.run(() => client.call("SubmitTaskStateChange", input, signal));
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        const ids = { op: "task.report", taskArn: input.task, err: error };
        if (error instanceof EcsError && error.code === "InvalidParameterException") {
          log.error(ids, "the control plane refuses a report for good");
          return true;
        }
        log.warn(ids, "could not report; trying again");
        await delay(backOff.next(), undefined, { signal }).catch(() => undefined);
      }
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

const seconds = (ms: number) => ms / 1_000;

function wireReport({ pullStartedAt, pullStoppedAt, executionStoppedAt, ...rest }: TaskReport): object {
  return {
    ...rest,
    ...(pullStartedAt === undefined ? {} : { pullStartedAt: seconds(pullStartedAt) }),
    ...(pullStoppedAt === undefined ? {} : { pullStoppedAt: seconds(pullStoppedAt) }),
    ...(executionStoppedAt === undefined ? {} : { executionStoppedAt: seconds(executionStoppedAt) }),
  };
}
