/** The workload that changes a running service: it becomes what was asked for and never leaves its band on the way. */
import { setTimeout as delay } from "node:timers/promises";
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  type ECSClient,
  type Service,
  type Task,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";
import { killContainer } from "../e2e/support/engine.ts";
import { container, register, UNTIL_STOPPED } from "../e2e/support/tasks.ts";
import { happens, oneOf, type Random } from "./dice.ts";
import { taskEvents } from "./event-log.ts";
import type { Violation } from "./invariants.ts";
import { containersNow, type Observed, observe, seenTask, tasksOfFamily } from "./observe.ts";
import type { StepContext, StepWork, Workload } from "./run-step.ts";
import { type SeenService, type ServiceWish, serviceViolations } from "./service-invariants.ts";
import { type Patience, stubbornly } from "./stubborn.ts";
import { type BandChange, leftBand, lostTasks, startedInVain, unorderly } from "./task-log.ts";

/** Fault, second change and crash fall into this time after the first change; a rollout takes about as long. */
const SPREAD_MS = 800;
const STEADY_TIMEOUT_MS = 60_000;
const POLL_MS = 250;
const SECOND_CHANGE = 0.25;
const CRASH = 0.3;

const BANDS = [
  { minimumHealthyPercent: 50, maximumPercent: 200 },
  { minimumHealthyPercent: 100, maximumPercent: 200 },
  { minimumHealthyPercent: 100, maximumPercent: 150 },
  { minimumHealthyPercent: 0, maximumPercent: 100 },
] as const;

const KINDS = ["revision", "count", "force"] as const;

export const updateService: Workload = {
  name: "update",
  needs: ["api", "agent-gateway", "scheduler", "deployer", "agent", "postgres", "redis"],
  begin,
};

/** Everything that the seed decides. */
interface Plan {
  readonly band: (typeof BANDS)[number];
  readonly changes: readonly { readonly kind: (typeof KINDS)[number]; readonly afterMs: number }[];
  readonly otherCount: number;
  /** When a container is killed, and which. */
  readonly crash: { readonly afterMs: number; readonly which: number } | null;
}

function planOf(random: Random, size: number): Plan {
  const first = { kind: oneOf(random, ["revision", ...KINDS] as const), afterMs: 0 };
  const second = { kind: oneOf(random, KINDS), afterMs: random() * SPREAD_MS };
  const crash = { afterMs: random() * SPREAD_MS, which: random() };
  return {
    band: oneOf(random, BANDS),
    changes: happens(random, SECOND_CHANGE) ? [first, second] : [first],
    otherCount: Math.max(1, Math.round(size * (0.4 + random()))),
    crash: happens(random, CRASH) ? crash : null,
  };
}

async function begin(step: StepContext): Promise<StepWork> {
  const subject = await createService(step);
  const { ecs, accountId, databaseUrl } = step.client;
  const { plan, family, name } = subject;
  let killed = 0;
  let last: Observed | null = null;
  return {
    spreadMs: SPREAD_MS,
    async act() {
      const crashing = crash(subject).then((count) => {
        killed = count;
      });
      for (const { kind, afterMs } of plan.changes) {
        await delay(afterMs);
        await change(subject, kind);
      }
      await crashing;
    },
    whileAway: async () => {},
    async look() {
      last = await observe(ecs, { accountId, family, ignored: subject.ignored });
      const service = await describeService(ecs, name);
      return judgeNow(subject, service, last);
    },
    async judgePast() {
      const events = await taskEvents(databaseUrl, family);
      const newest = (await describeService(ecs, name))?.deployments?.[0]?.id ?? "";
      const fewer = plan.changes.some(({ kind }) => kind === "count");
      return [
        ...unorderly(events),
        ...leftBand(events, subject.bands),
        ...(fewer ? [] : startedInVain(events, newest)),
        ...(step.endsContainers ? [] : lostTasks(events, killed)),
      ];
    },
    describe: () => describePlan(subject, killed, last?.described.length ?? 0),
    end: () => deleteService(ecs, subject),
  };
}

interface Subject {
  readonly ecs: ECSClient;
  readonly name: string;
  readonly family: string;
  readonly plan: Plan;
  readonly size: number;
  readonly revisions: readonly [string, string];
  readonly ignored: ReadonlySet<string>;
  readonly patience: Patience;
  readonly bands: BandChange[];
  wish: ServiceWish;
}

/** A service that runs and is steady. */
async function createService({ client, name, size, random }: StepContext): Promise<Subject> {
  const { ecs, accountId } = client;
  const plan = planOf(random, size);
  const family = `chaos-${name}`;
  const revision = (value: string) =>
    register(ecs, family, {
      networkMode: "none",
      containerDefinitions: [
        container(UNTIL_STOPPED, { cpu: 16, memory: 8, environment: [{ name: "REVISION", value }] }),
      ],
    });
  const revisions = [await revision("1"), await revision("2")] as const;
  const ignored = await containersNow(ecs, accountId);
  const wish = { desiredCount: size, taskDefinition: revisions[0] };
  const sentMs = Date.now();
  await ecs.send(
    new CreateServiceCommand({ serviceName: name, ...wish, deploymentConfiguration: { ...plan.band } }),
  );
  const bands = [{ sentMs, answeredMs: Date.now(), desiredCount: size, ...plan.band }];
  const subject = {
    ecs,
    name,
    family,
    plan,
    size,
    revisions,
    ignored,
    bands,
    wish,
    patience: { retries: 0 },
  };
  await untilSteady(subject, accountId);
  return subject;
}

async function untilSteady(subject: Subject, accountId: string): Promise<void> {
  const { ecs, family, ignored, name } = subject;
  const deadline = Date.now() + STEADY_TIMEOUT_MS;
  for (;;) {
    const seen = await observe(ecs, { accountId, family, ignored });
    const wrong = judgeNow(subject, await describeService(ecs, name), seen);
    if (wrong.length === 0) return;
    if (Date.now() > deadline) throw new Error(`${name} never began: ${JSON.stringify(wrong)}`);
    await delay(POLL_MS);
  }
}

async function change(subject: Subject, kind: (typeof KINDS)[number]): Promise<void> {
  const { ecs, name, plan, patience, bands, revisions } = subject;
  const input: UpdateServiceCommandInput = { service: name };
  const { taskDefinition, desiredCount } = subject.wish;
  if (kind === "revision") input.taskDefinition = revisions.find((arn) => arn !== taskDefinition);
  if (kind === "count") input.desiredCount = desiredCount === subject.size ? plan.otherCount : subject.size;
  if (kind === "force") input.forceNewDeployment = true;
  subject.wish = {
    taskDefinition: input.taskDefinition ?? taskDefinition,
    desiredCount: input.desiredCount ?? desiredCount,
  };
  // The band holds from some moment on that lies between the two.
  const sentMs = Date.now();
  const open = {
    sentMs,
    answeredMs: Number.POSITIVE_INFINITY,
    ...plan.band,
    desiredCount: subject.wish.desiredCount,
  };
  bands.push(open);
  await stubbornly(`${kind} of ${name}`, patience, () => ecs.send(new UpdateServiceCommand(input)));
  bands[bands.indexOf(open)] = { ...open, answeredMs: Date.now() };
}

/** Kills a container of the service, if the plan says so; answers how many it killed. */
async function crash({ ecs, family, plan }: Subject): Promise<number> {
  if (!plan.crash) return 0;
  await delay(plan.crash.afterMs);
  const running = await runningContainers(ecs, family).catch(() => []);
  const victim = running[Math.floor(plan.crash.which * running.length)];
  if (!victim) return 0;
  return killContainer(victim).then(
    () => 1,
    () => 0,
  );
}

async function runningContainers(ecs: ECSClient, family: string): Promise<readonly string[]> {
  const tasks = await tasksOfFamily(ecs, family);
  const running = tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
  return running.flatMap(({ containers }) => containers?.[0]?.runtimeId ?? []);
}

export async function describeService(ecs: ECSClient, name: string): Promise<Service | null> {
  const { services = [] } = await ecs.send(new DescribeServicesCommand({ services: [name] }));
  return services[0] ?? null;
}

function judgeNow(subject: Subject, service: Service | null, seen: Observed): readonly Violation[] {
  return serviceViolations({
    wish: subject.wish,
    service: service && seenService(service),
    tasks: seen.described.map((task: Task) => ({ ...seenTask(task), startedBy: task.startedBy ?? null })),
    containers: seen.containers,
    instances: seen.instances,
  });
}

export const seenService = ({ serviceName, status, desiredCount, deployments }: Service): SeenService => ({
  name: serviceName ?? "",
  status: status ?? "",
  desiredCount: desiredCount ?? 0,
  deployments: (deployments ?? []).map((deployment) => ({
    id: deployment.id ?? "",
    status: deployment.status ?? "",
    rolloutState: deployment.rolloutState ?? "",
    taskDefinition: deployment.taskDefinition ?? "",
    desiredCount: deployment.desiredCount ?? 0,
    runningCount: deployment.runningCount ?? 0,
    pendingCount: deployment.pendingCount ?? 0,
  })),
});

function describePlan({ plan, size, wish, patience }: Subject, killed: number, tasks: number): string {
  const { minimumHealthyPercent, maximumPercent } = plan.band;
  const changes = plan.changes.map(({ kind }) => kind).join("+");
  const count = size === wish.desiredCount ? `${size}` : `${size} -> ${wish.desiredCount}`;
  return (
    `${changes} of ${count} in ${minimumHealthyPercent}/${maximumPercent}, ${tasks} tasks seen, ` +
    `${patience.retries} retries${killed > 0 ? ", 1 container killed" : ""}`
  );
}

export async function deleteService(
  ecs: ECSClient,
  { name, family }: Pick<Subject, "name" | "family">,
): Promise<void> {
  await ecs.send(new DeleteServiceCommand({ service: name, force: true }));
  const deadline = Date.now() + STEADY_TIMEOUT_MS;
  for (;;) {
    const service = await describeService(ecs, name);
    const open = (await tasksOfFamily(ecs, family)).filter(({ lastStatus }) => lastStatus !== "STOPPED");
    if (open.length === 0 && service?.status === "INACTIVE") return;
    if (Date.now() > deadline) throw new Error(`${name} was deleted and ${open.length} of its tasks live on`);
    await delay(POLL_MS);
  }
}
