/** The workload that changes a Fargate service behind a load balancer under load: no request fails, nothing is left over. */
import { setTimeout as delay } from "node:timers/promises";
import { DescribeNetworkInterfacesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateServiceCommand, type Task, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { DescribeTargetHealthCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { deleteBalancer, type MadeBalancer, makeBalancer } from "../e2e/support/balancers.ts";
import { containersOfAccount, TASK_LABEL } from "../e2e/support/engine.ts";
import { type SteadyRequests, startRequests } from "../e2e/support/steady-requests.ts";
import { container, register, UNTIL_STOPPED } from "../e2e/support/tasks.ts";
import { type MadeVpc, makeVpc } from "../e2e/support/vpc.ts";
import { oneOf, type Random } from "./dice.ts";
import type { Violation } from "./invariants.ts";
import { asSeen, seenTask, tasksOfFamily } from "./observe.ts";
import type { StepContext, StepWork, Workload } from "./run-step.ts";
import { type ServiceWish, serviceViolations } from "./service-invariants.ts";
import type { StackClient } from "./stack-client.ts";
import { type Patience, stubbornly } from "./stubborn.ts";
import { deleteService, describeService, seenService } from "./update-service.ts";

const SPREAD_MS = 2_500;
const STEADY_TIMEOUT_MS = 60_000;
const POLL_MS = 250;
const PORT = 8_092;
const FEWEST = 1;
const MOST = 3;
const PAUSE = "~internal~ecs~pause";
const SERVE =
  "mkdir -p /www; echo $VERSION > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

export const balanceService: Workload = {
  name: "balance",
  needs: ["api", "agent-gateway", "deployer", "load-balancer", "fargate-provisioner", "postgres", "redis"],
  needsNetworks: true,
  begin,
};

/** Everything that the seed decides. */
interface Plan {
  readonly before: number;
  readonly after: number;
  readonly revised: boolean;
  /** With a second container, so that a third holds the task's address. */
  readonly accompanied: boolean;
}

const planOf = (random: Random): Plan => {
  const before = oneOf(random, [FEWEST, 2, MOST]);
  const after = oneOf(random, [FEWEST, 2, MOST]);
  const revised = before === after || oneOf(random, [true, false]);
  return { before, after, revised, accompanied: oneOf(random, [true, false]) };
};

interface Subject {
  readonly client: StackClient;
  readonly name: string;
  readonly family: string;
  readonly plan: Plan;
  readonly network: MadeVpc;
  readonly balancer: MadeBalancer;
  readonly patience: Patience;
  wish: ServiceWish;
}

async function begin(step: StepContext): Promise<StepWork> {
  const subject = await createService(step);
  await untilSteady(subject);
  const requests = startRequests(subject.balancer.url);
  let seen = 0;
  return {
    spreadMs: SPREAD_MS,
    act: () => change(subject),
    whileAway: async () => {},
    look: () => judgeNow(subject),
    async judgePast() {
      const { failed, answered } = await outcomeOf(requests);
      seen = answered;
      return step.endsContainers ? [] : failed;
    },
    describe: () => describePlan(subject, seen),
    async end() {
      await requests.stop();
      await deleteService(subject.client.ecs, subject);
      await deleteBalancer(subject.balancer);
    },
  };
}

async function createService({ client, name, random }: StepContext): Promise<Subject> {
  const { ecs, stack, configuration } = client;
  const plan = planOf(random);
  const family = `chaos-${name}`;
  const network = await networkOf(client);
  const balancer = await makeBalancer({
    stack,
    client: configuration,
    port: PORT,
    targetType: "ip",
    drainSeconds: 2,
    network,
  });
  const taskDefinition = await revision(client, family, "one", plan.accompanied);
  const subject: Subject = {
    client,
    name,
    family,
    plan,
    network,
    balancer,
    patience: { retries: 0 },
    wish: { desiredCount: plan.before, taskDefinition },
  };
  await ecs.send(
    new CreateServiceCommand({
      serviceName: name,
      ...subject.wish,
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: [...network.subnets] } },
      loadBalancers: [{ targetGroupArn: balancer.group, containerName: "main", containerPort: 8_080 }],
    }),
  );
  return subject;
}

/** One of a stack: a range belongs to one VPC of a machine. */
const networks = new WeakMap<StackClient, Promise<MadeVpc>>();

function networkOf(client: StackClient): Promise<MadeVpc> {
  const network = networks.get(client) ?? makeVpc(client.configuration, "10.85");
  networks.set(client, network);
  return network;
}

const revision = ({ ecs }: StackClient, family: string, value: string, accompanied: boolean) =>
  register(ecs, family, {
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    containerDefinitions: [
      container(SERVE, {
        portMappings: [{ containerPort: 8_080 }],
        environment: [{ name: "VERSION", value }],
      }),
      ...(accompanied ? [container(UNTIL_STOPPED, { name: "beside", essential: false })] : []),
    ],
  });

async function change(subject: Subject): Promise<void> {
  const { client, name, family, plan, patience, wish } = subject;
  const taskDefinition = plan.revised
    ? await stubbornly(`a revision of ${family}`, patience, () =>
        revision(client, family, "two", plan.accompanied),
      )
    : wish.taskDefinition;
  subject.wish = { taskDefinition, desiredCount: plan.after };
  const input = { service: name, ...subject.wish };
  await stubbornly(`update of ${name}`, patience, () => client.ecs.send(new UpdateServiceCommand(input)));
}

async function untilSteady(subject: Subject): Promise<void> {
  const deadline = Date.now() + STEADY_TIMEOUT_MS;
  for (;;) {
    const wrong = await judgeNow(subject);
    if (wrong.length === 0) return;
    if (Date.now() > deadline) throw new Error(`${subject.name} never began: ${JSON.stringify(wrong)}`);
    await delay(POLL_MS);
  }
}

/** The service is what it was told to be, and exactly its tasks have containers, addresses and targets. */
async function judgeNow({ client, name, family, plan, wish, balancer, network }: Subject) {
  const { ecs, accountId } = client;
  const described = await tasksOfFamily(ecs, family);
  const service = await describeService(ecs, name);
  const arns = new Set(described.map(({ taskArn = "" }) => taskArn));
  const all = await containersOfAccount(accountId);
  const own = all.filter(({ Labels }) => arns.has(Labels[TASK_LABEL] ?? ""));
  const called = (name: string) =>
    own.filter(({ Labels }) => Labels["com.amazonaws.ecs.container-name"] === name);
  const running = described.filter(({ lastStatus }) => lastStatus === "RUNNING");
  const addresses = running.map(addressOf).sort();
  const broken = serviceViolations({
    wish,
    service: service && seenService(service),
    tasks: described.map((task) => ({ ...seenTask(task), startedBy: task.startedBy ?? null })),
    containers: await asSeen(called("main")),
    instances: [],
  });
  const held = plan.accompanied ? running.map(({ taskArn = "" }) => taskArn) : [];
  const pauses = called(PAUSE).map(({ Labels }) => Labels[TASK_LABEL] ?? "");
  return [
    ...broken,
    ...differing(name, "interfaces", await interfacesOf(client, network), addresses),
    ...differing(
      name,
      "targets",
      await targetsOf(balancer),
      addresses.map((address) => `${address} healthy`),
    ),
    ...differing(name, "holders of addresses", pauses, held),
  ];
}

function differing(
  about: string,
  what: string,
  found: readonly string[],
  wanted: readonly string[],
): readonly Violation[] {
  const [is, be] = [found.toSorted().join(" "), wanted.toSorted().join(" ")];
  return is === be ? [] : [{ invariant: "I4", about, what: `${what} are [${is}] and should be [${be}]` }];
}

const addressOf = ({ containers }: Task): string =>
  containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address ?? "";

async function interfacesOf({ configuration }: StackClient, { vpcId }: MadeVpc): Promise<readonly string[]> {
  const { NetworkInterfaces = [] } = await new EC2Client(configuration).send(
    new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }),
  );
  return NetworkInterfaces.flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? []);
}

async function targetsOf({ elb, group }: MadeBalancer): Promise<readonly string[]> {
  const { TargetHealthDescriptions = [] } = await elb.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: group }),
  );
  return TargetHealthDescriptions.map(({ Target, TargetHealth }) => `${Target?.Id} ${TargetHealth?.State}`);
}

async function outcomeOf(requests: SteadyRequests) {
  const { answers, failures } = await requests.stop();
  const counted = Map.groupBy(failures, (failure) => failure);
  const failed = [...counted].map(
    ([what, all]): Violation => ({ invariant: "I10", about: "requests", what: `${all.length} × ${what}` }),
  );
  return { failed, answered: [...answers.values()].reduce((sum, count) => sum + count, 0) };
}

function describePlan({ plan, patience }: Subject, answered: number): string {
  const { before, after, revised, accompanied } = plan;
  return `${revised ? "revision, " : ""}${accompanied ? "two containers, " : ""}${before} -> ${after}, ${answered} requests, ${patience.retries} retries`;
}
