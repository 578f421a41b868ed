/** Launches tasks as a stubborn client does, asking again with the same clientToken until it is answered. */
import { setTimeout as delay } from "node:timers/promises";
import { type ECSClient, RunTaskCommand, type RunTaskCommandOutput } from "@aws-sdk/client-ecs";
import type { AcceptedLaunch } from "./invariants.ts";

const PER_CALL_MAX = 10;
const ANSWER_TIMEOUT_MS = 60_000;
const RETRY_MS = 100;
const REFUSED_RETRY_MS = 250;

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
  /** Tasks that its answer named as not placed, since no agent was connected just then. */
  readonly refused: number;
  /** Errors that were answered before an answer came. */
  readonly errors: readonly string[];
}

/** Every task is accepted in the end, or this throws. */
export async function launchAll(ecs: ECSClient, workload: Workload): Promise<readonly LaunchRecord[]> {
  const calls = Math.ceil(workload.tasks / PER_CALL_MAX);
  const launched = await Promise.all(
    Array.from({ length: calls }, async (_, n) => {
      await delay((n * workload.spreadMs) / calls);
      const count = Math.min(PER_CALL_MAX, workload.tasks - n * PER_CALL_MAX);
      return launchUntilPlaced(ecs, { ...workload, count, clientToken: `${workload.name}-${n}` });
    }),
  );
  return launched.flat();
}

/** The same launches asked for once more; the answers are added to what is known of each. */
export const askAgain = (
  ecs: ECSClient,
  workload: Workload,
  launches: readonly LaunchRecord[],
): Promise<readonly LaunchRecord[]> =>
  Promise.all(
    launches.map(async (launch) => {
      const again = await launchOnce(ecs, { ...workload, ...launch });
      return {
        ...launch,
        answers: [...launch.answers, ...again.answers],
        errors: [...launch.errors, ...again.errors],
      };
    }),
  );

interface Launch {
  readonly taskDefinition: string;
  readonly count: number;
  readonly clientToken: string;
}

/** What was refused for want of a connected agent is asked for anew, with a token of its own. */
async function launchUntilPlaced(ecs: ECSClient, launch: Launch): Promise<readonly LaunchRecord[]> {
  const records: LaunchRecord[] = [];
  const deadline = Date.now() + ANSWER_TIMEOUT_MS;
  for (let open = launch.count; open > 0; ) {
    const record = await launchOnce(ecs, {
      ...launch,
      count: open,
      clientToken: `${launch.clientToken}-${records.length}`,
    });
    records.push(record);
    open = record.refused;
    if (open > 0 && Date.now() > deadline) throw new Error(`no agent connected for ${ANSWER_TIMEOUT_MS} ms`);
    if (open > 0) await delay(REFUSED_RETRY_MS);
  }
  return records;
}

/** One launch, asked for with the same token until there is an answer. */
async function launchOnce(
  ecs: ECSClient,
  { taskDefinition, count, clientToken }: Launch,
): Promise<LaunchRecord> {
  const errors: string[] = [];
  const deadline = Date.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    const answer = await ecs
      .send(new RunTaskCommand({ taskDefinition, count, clientToken }))
      .catch((error: unknown) => error);
    if (!(answer instanceof Error)) {
      const { tasks = [], failures = [] } = answer as RunTaskCommandOutput;
      if (failures.some(({ reason }) => reason !== "AGENT")) {
        throw new Error(`launch ${clientToken} was refused: ${JSON.stringify(failures)}`);
      }
      const answers = [tasks.map(({ taskArn }) => taskArn ?? "")];
      return { clientToken, count, refused: failures.length, errors, answers };
    }
    errors.push(`${answer.name}: ${answer.message}`);
    if (Date.now() > deadline) {
      throw new Error(`launch ${clientToken} was never answered: ${errors.slice(-3).join(" | ")}`);
    }
    await delay(RETRY_MS);
  }
}
