/** The workload that launches tasks: none that was acknowledged is lost, none runs twice, none lies about how it is. */
import { setTimeout as delay } from "node:timers/promises";
import { type ECSClient, RunTaskCommand, type Task } from "@aws-sdk/client-ecs";
import { container, register, stopAndWait, UNTIL_STOPPED } from "../e2e/support/tasks.ts";
import { type AcceptedLaunch, backwards, type SeenTask, type Violation, violations } from "./invariants.ts";
import { containersNow, observe, seenTask, tasksOfFamily } from "./observe.ts";
import type { StepContext, StepWork, Workload } from "./run-step.ts";
import { type Patience, stubbornly } from "./stubborn.ts";

const PER_CALL_MAX = 10;
/** The requests are sent one after the other over this time, so that a fault in it always finds some under way. */
const SPREAD_MS = 800;
const SAMPLE_EVERY_MS = 250;
const PLACED_TIMEOUT_MS = 60_000;
const REFUSED_RETRY_MS = 250;

export const runTasks: Workload = {
  name: "tasks",
  needs: ["api", "agent-gateway", "scheduler", "agent", "postgres", "redis"],
  begin,
};

async function begin({ client, name, size }: StepContext): Promise<StepWork> {
  const { ecs, accountId } = client;
  const family = `chaos-${name}`;
  const taskDefinition = await register(ecs, family, {
    networkMode: "none",
    containerDefinitions: [container(UNTIL_STOPPED, { cpu: 16, memory: 8 })],
  });
  const ignored = await containersNow(ecs, accountId);
  const patience: Patience = { retries: 0 };
  const order = { ecs, taskDefinition, patience };
  let launches: readonly LaunchRecord[] = [];
  let described: readonly Task[] = [];
  const watch = watchForward(() => tasksOfFamily(ecs, family));
  return {
    spreadMs: SPREAD_MS,
    async act() {
      launches = await launchAll(order, name, size);
      launches = await askAgain(order, launches);
    },
    whileAway: async () => {},
    async look() {
      const seen = await observe(ecs, { accountId, family, ignored });
      described = seen.described;
      return violations({ ...seen, launches, tasks: described.map(seenTask) });
    },
    async judgePast() {
      const wentBack = await watch.stop();
      launches = await askAgain(order, launches);
      const tasks = described.map(seenTask);
      const again = violations({ launches, tasks, containers: [], instances: [] });
      return [...wentBack, ...again.filter(({ invariant }) => invariant === "I6")];
    },
    describe: () => {
      const running = described.filter(({ lastStatus }) => lastStatus === "RUNNING").length;
      const refused = launches.reduce((sum, launch) => sum + launch.refused, 0);
      return `${described.length} tasks, ${running} run, ${patience.retries} retries, ${refused} refused${reasons(described)}`;
    },
    async end() {
      await watch.stop();
      const open = (await tasksOfFamily(ecs, family)).filter(({ lastStatus }) => lastStatus !== "STOPPED");
      await Promise.all(open.map(({ taskArn }) => stopAndWait(ecs, taskArn ?? "")));
    },
  };
}

interface LaunchRecord extends AcceptedLaunch {
  readonly count: number;
  /** Tasks that its answer named as not placed, since no agent was connected just then. */
  readonly refused: number;
}

interface Order {
  readonly ecs: ECSClient;
  readonly taskDefinition: string;
  readonly patience: Patience;
}

/** Every task is accepted in the end, or this throws. */
async function launchAll(order: Order, name: string, tasks: number): Promise<readonly LaunchRecord[]> {
  const calls = Math.max(2, Math.ceil(tasks / PER_CALL_MAX));
  const launched = await Promise.all(
    Array.from({ length: calls }, async (_, n) => {
      await delay((n * SPREAD_MS) / calls);
      const count = Math.floor(((n + 1) * tasks) / calls) - Math.floor((n * tasks) / calls);
      return launchUntilPlaced(order, { count, clientToken: `${name}-${n}` });
    }),
  );
  return launched.flat();
}

/** The same launches asked for once more; the answers are added to what is known of each. */
const askAgain = (order: Order, launches: readonly LaunchRecord[]): Promise<readonly LaunchRecord[]> =>
  Promise.all(
    launches.map(async (launch) => {
      const again = await launchOnce(order, launch);
      return { ...launch, answers: [...launch.answers, ...again.answers] };
    }),
  );

type Launch = Pick<LaunchRecord, "count" | "clientToken">;

/** What was refused for want of a connected agent is asked for anew, with a token of its own. */
async function launchUntilPlaced(order: Order, launch: Launch): Promise<readonly LaunchRecord[]> {
  const records: LaunchRecord[] = [];
  const deadline = Date.now() + PLACED_TIMEOUT_MS;
  for (let open = launch.count; open > 0; ) {
    const clientToken = `${launch.clientToken}-${records.length}`;
    const record = await launchOnce(order, { count: open, clientToken });
    records.push(record);
    open = record.refused;
    if (open > 0 && Date.now() > deadline) throw new Error(`no agent connected for ${PLACED_TIMEOUT_MS} ms`);
    if (open > 0) await delay(REFUSED_RETRY_MS);
  }
  return records;
}

/** One launch, asked for with the same token until there is an answer. */
async function launchOnce(
  { ecs, taskDefinition, patience }: Order,
  { count, clientToken }: Launch,
): Promise<LaunchRecord> {
  const { tasks = [], failures = [] } = await stubbornly(`launch ${clientToken}`, patience, () =>
    ecs.send(new RunTaskCommand({ taskDefinition, count, clientToken })),
  );
  if (failures.some(({ reason }) => reason !== "AGENT")) {
    throw new Error(`launch ${clientToken} was refused: ${JSON.stringify(failures)}`);
  }
  const answers = [tasks.map(({ taskArn }) => taskArn ?? "")];
  return { clientToken, count, refused: failures.length, answers };
}

/** Looks at the tasks again and again until stopped; answers every step backwards that it saw. */
function watchForward(list: () => Promise<readonly Task[]>) {
  let going = true;
  const found: Violation[] = [];
  const loop = async () => {
    let before: readonly SeenTask[] = [];
    while (going) {
      const now = await list().then(
        (tasks) => tasks.map(seenTask),
        () => before,
      );
      found.push(...backwards(before, now));
      before = now;
      await delay(SAMPLE_EVERY_MS);
    }
  };
  const ended = loop();
  return {
    async stop(): Promise<readonly Violation[]> {
      going = false;
      await ended;
      return found;
    },
  };
}

/** How often tasks gave which reason for having stopped, before they were told to. */
function reasons(tasks: readonly Task[]): string {
  const stopped = tasks.filter(({ lastStatus }) => lastStatus === "STOPPED");
  const texts = stopped.map(({ stopCode, stoppedReason, containers }) => {
    const [only] = containers ?? [];
    return `${stopCode}: ${stoppedReason} (exit code ${only?.exitCode ?? "none"}${only?.reason ? `, ${only.reason}` : ""})`;
  });
  return [...Map.groupBy(texts, (text) => text)].map(([text, same]) => `; ${same.length} x ${text}`).join("");
}
