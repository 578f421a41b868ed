/** The demo itself, step by step, each with the command that does the same; commands/demo.ts brings the stack up around it. */
import { setTimeout as delay } from "node:timers/promises";
import type { ApiAccess } from "../api-client.ts";
import { shellQuote } from "../exports.ts";
import { Failure } from "../failure.ts";
import {
  createDemoRepository,
  DEMO_REPOSITORY,
  DEMO_VERSIONS,
  type DemoDocker,
  demoImage,
  demoPage,
  forgetLocalImage,
  logInToRegistry,
  makeDemoImage,
  removeDemoContainers,
} from "./demo-image.ts";
import {
  createDemoService,
  DEMO_FAMILY,
  DEMO_SERVICE,
  type DemoTask,
  deleteDemoService,
  describeDemoService,
  forgetDemo,
  registerDemo,
  rollDemoService,
  runningTasks,
  taskDefinition,
  waitHealed,
  waitStable,
} from "./demo-service.ts";
import { read, startTraffic, type TrafficSummary } from "./demo-traffic.ts";
import { print, step } from "./step.ts";

const REPLICAS = 2;
/** So long the requests go on once only the new version is left. */
const AFTER_ROLLOUT_MS = 1_000;

/** What must be taken away again, whether the demo ends or is interrupted; a request under way counts. */
export interface Leftovers {
  docker: DemoDocker | null;
  readonly definitions: Promise<string>[];
  service: Promise<unknown> | null;
}

export interface DemoPlace {
  readonly access: ApiAccess;
  readonly dockerSocket: string;
  /** How `docker` names the stack's registry. */
  readonly registry: string;
}

export async function runDemoSteps(place: DemoPlace, left: Leftovers): Promise<void> {
  const docker = await pushImages(place, left);
  await startService(place, left);
  await rollService(place, left);
  await healService(place, docker);
  await step("Delete the service", `aws ecs delete-service --force --service ${DEMO_SERVICE}`, async () => {
    await deleteDemoService(place.access);
    left.service = null;
    return "INACTIVE, its tasks are stopped";
  });
}

async function pushImages(place: DemoPlace, left: Leftovers): Promise<DemoDocker> {
  const { access, registry, dockerSocket } = place;
  await step("Make a repository", `aws ecr create-repository --repository-name ${DEMO_REPOSITORY}`, () =>
    createDemoRepository(access),
  );
  const logIn = `aws ecr get-login-password | docker login -u AWS --password-stdin ${registry}`;
  await step("Log in to the registry", logIn, async () => {
    left.docker = await logInToRegistry(access, registry, dockerSocket);
    return "Login Succeeded";
  });
  const { docker } = left;
  if (!docker) throw new Failure("the demo was interrupted");
  for (const version of DEMO_VERSIONS) {
    const image = demoImage(registry, version);
    const command = `tar -c bin/busybox www | docker import - ${image} && docker push ${image}`;
    await step(`Make version ${version} of an image and push it`, command, async () => {
      await makeDemoImage(dockerSocket, registry, version);
      await docker.push(image);
      await forgetLocalImage(dockerSocket, image);
      return "pushed, and removed from this machine: whoever runs it pulls it";
    });
  }
  return docker;
}

async function startService(place: DemoPlace, left: Leftovers): Promise<void> {
  const definition = await register(place, left, "1");
  const create = `aws ecs create-service --service-name ${DEMO_SERVICE} --task-definition ${definition} --desired-count ${REPLICAS}`;
  await step(`Run it as a service of ${REPLICAS}`, create, async () => {
    left.service = createDemoService(place.access, definition, REPLICAS);
    await left.service;
    return "ACTIVE";
  });
  await step(
    "Wait until it is stable",
    `aws ecs wait services-stable --services ${DEMO_SERVICE}`,
    async () => {
      const { runningCount, events } = await waitStable(place.access);
      return `${runningCount} run: ${events[0]?.message ?? ""}`;
    },
  );
  const url = addressesOf(await runningTasks(place.access))[0] ?? "";
  await step("Read its answer", `curl ${url}`, async () => {
    const page = await read(url);
    if (page !== demoPage("1")) throw new Failure(`unexpected answer: ${page}`);
    return page.trim();
  });
}

async function rollService(place: DemoPlace, left: Leftovers): Promise<void> {
  const { access } = place;
  const definition = await register(place, left, "2");
  const update = `aws ecs update-service --service ${DEMO_SERVICE} --task-definition ${definition}`;
  await step("Roll it to version 2 while requests flow", update, async () => {
    const traffic = startTraffic(async () => addressesOf(await runningTasks(access)));
    const rolled = rollDemoService(access, definition)
      .then(() => waitStable(access))
      .then(() => delay(AFTER_ROLLOUT_MS));
    // Whatever becomes of the update, the requests end with it.
    const summary = await rolled.then(traffic.stop, async (error: unknown) => {
      await traffic.stop();
      throw error;
    });
    return summaryOf(summary);
  });
}

async function healService({ access }: DemoPlace, docker: DemoDocker): Promise<void> {
  const [victim] = await runningTasks(access);
  const container = victim?.containers?.[0]?.runtimeId ?? "";
  if (!victim || container === "") throw new Failure("no task of the demo runs");
  await step("Kill a container by hand", `docker kill ${container.slice(0, 12)}`, async () => {
    await docker.kill(container);
    return "killed";
  });
  await step("See it healed", `aws ecs describe-services --services ${DEMO_SERVICE}`, async () => {
    const tasks = await waitHealed(access, victim.taskArn, REPLICAS);
    const { events } = await describeDemoService(access);
    const started = events.find(({ message }) => message.includes("has started"));
    return `${tasks.length} run again: ${started?.message ?? ""}`;
  });
}

const register = (place: DemoPlace, left: Leftovers, version: "1" | "2") => {
  const image = demoImage(place.registry, version);
  const input = shellQuote(JSON.stringify(taskDefinition(image)));
  const command = `aws ecs register-task-definition --cli-input-json ${input}`;
  return step(`Register a task definition of version ${version}`, command, () => {
    const registered = registerDemo(place.access, image);
    left.definitions.push(registered);
    return registered;
  });
};

/** Tasks under a health check that has not failed, by the host ports that Docker chose. */
const addressesOf = (tasks: readonly DemoTask[]): readonly string[] =>
  tasks
    .filter(({ healthStatus }) => healthStatus === "HEALTHY")
    .flatMap(({ containers = [] }) => containers.flatMap(({ networkBindings = [] }) => networkBindings))
    .map(({ hostPort }) => `http://127.0.0.1:${hostPort}/`);

function summaryOf({ answered, askedAgain, unanswered }: TrafficSummary): string {
  const by = (version: "1" | "2") => answered.get(demoPage(version)) ?? 0;
  const total = [...answered.values()].reduce((sum, count) => sum + count, 0);
  return (
    `${total} requests answered, ${by("1")} by version 1 and ${by("2")} by version 2; ` +
    `${askedAgain} of them by a second task, ${unanswered} not at all`
  );
}

/** Takes away what the demo made but its repository, which is there for its user's own tries. */
export async function cleanUpDemo({ access, dockerSocket }: DemoPlace, left: Leftovers): Promise<void> {
  const failures: string[] = [];
  const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => failures.push(String(error)));
  const service = left.service;
  left.service = null;
  if (service && (await service.then(() => true).catch(() => false)))
    await attempt(deleteDemoService(access));
  for (const definition of left.definitions.splice(0)) {
    const arn = await definition.catch(() => null);
    if (arn) await attempt(forgetDemo(access, arn));
  }
  await attempt(removeDemoContainers(dockerSocket, DEMO_FAMILY));
  await left.docker?.close();
  left.docker = null;
  for (const failure of failures) print(`    could not clean up: ${failure}`);
}
