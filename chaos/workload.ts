/** Launches tasks as a stubborn client does, asking again with the same clientToken until it is answered. */
import { setTimeout as delay } from "node:timers/promises";
import { type ECSClient, RunTaskCommand } from "@aws-sdk/client-ecs";
import type { AcceptedLaunch } from "./invariants.ts";

const PER_CALL_MAX = 10;
const ANSWER_TIMEOUT_MS = 60_000;
const RETRY_MS = 100;

export interface Workload {
  readonly taskDefinition: string;
  readonly tasks: number;
  /** Makes the tokens of this step its own. */
  readonly name: string;
  /** The requests are sent one after the other over this time, so that a fault in it always finds some under way. */
  readonly spreadMs: number;
}

export interface LaunchRecord extends AcceptedLaunch {
  readonly count: number;
  /** Errors that were answered before an answer came. */
  readonly errors: readonly string[];
}

/** Every launch is answered in the end, or this throws. */
export async function launchAll(ecs: ECSClient, workload: Workload): Promise<readonly LaunchRecord[]> {
  const calls = Math.ceil(workload.tasks / PER_CALL_MAX);
  return Promise.all(
    Array.from({ length: calls }, async (_, n) => {
      await delay((n * workload.spreadMs) / calls);
      const count = Math.min(PER_CALL_MAX, workload.tasks - n * PER_CALL_MAX);
      return launchStubbornly(ecs, { ...workload, count, clientToken: `${workload.name}-${n}` });
    }),
  );
}

/** The same launches asked for once more; the answers are added to what is known of each. */
export const askAgain = (
  ecs: ECSClient,
  workload: Workload,
  launches: readonly LaunchRecord[],
): Promise<readonly LaunchRecord[]> =>
  Promise.all(
    launches.map(async (launch) => {
      const again = await launchStubbornly(ecs, { ...workload, ...launch });
      return {
        ...launch,
        answers: [...launch.answers, ...again.answers],
        errors: [...launch.errors, ...again.errors],
      };
    }),
  );

async function launchStubbornly(
  ecs: ECSClient,
  launch: { readonly taskDefinition: string; readonly count: number; readonly clientToken: string },
): Promise<LaunchRecord> {
  const { taskDefinition, count, clientToken } = launch;
  const errors: string[] = [];
  const deadline = Date.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    try {
      const { tasks = [], failures = [] } = await ecs.send(
        new RunTaskCommand({ taskDefinition, count, clientToken }),
      );
      if (failures.length > 0) throw new PlacementFailed(JSON.stringify(failures));
      return { clientToken, count, errors, answers: [tasks.map(({ taskArn }) => taskArn ?? "")] };
    } catch (error) {
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      errors.push(text);
      if (error instanceof PlacementFailed || Date.now() > deadline) {
        throw new Error(`launch ${clientToken} was never accepted: ${errors.slice(-3).join(" | ")}`, {
          cause: error,
        });
      }
      await delay(RETRY_MS);
    }
  }
}

class PlacementFailed extends Error {}
