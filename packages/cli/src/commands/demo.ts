/** `roadstead demo`: brings everything up, pushes an image, runs, rolls and heals a service of it, and leaves a stack behind HTTPS. */
import { listBalancerPlaces } from "@roadstead/db/configure-balancers";
import type { Flags } from "../arguments.ts";
import { bringUp } from "../bring-up.ts";
import { databaseUrl, withDb } from "../database.ts";
import { beginCommonStack, type FinishStack, removeCommonStack, stackHints } from "../demo/common-stack.ts";
import { DEMO_REPOSITORY, demoImage, logInToRegistry } from "../demo/demo-image.ts";
import { cleanUpDemo, type Leftovers, runDemoSteps } from "../demo/demo-steps.ts";
import type { StackPlace } from "../demo/stack-place.ts";
import { interruptTerraform } from "../demo/stack-with-terraform.ts";
import { print } from "../demo/step.ts";
import { exportedVariables } from "../exports.ts";
import { Failure } from "../failure.ts";
import { dataFiles } from "../files.ts";
import { seconds } from "../progress.ts";
import { type Credentials, openStack, requireCredentials, requireStack } from "../stack.ts";

const EXIT_INTERRUPTED = 130;
const ANSWER_TIMEOUT_MS = 5_000;

export async function demo(flags: Flags): Promise<void> {
  if (flags.remove) return removeDemo();
  const { settings, remembered } = openStack();
  const began = performance.now();
  const credentials = await bringUp(settings, remembered, {
    mode: remembered?.processes ?? "packed",
    minio: false,
  });
  print(`The stack is ready (${seconds(performance.now() - began)}).\n`);
  const place = placeOf(credentials);
  const wantsApi =
    flags["without-terraform"] === true || process.env.ROADSTEAD_DEMO_WITHOUT_TERRAFORM === "1";
  const twin = await runInterruptibly(place, wantsApi);
  print(`\nThe demo is over (${seconds(performance.now() - began)} in all); Roadstead keeps running.`);
  print(
    `The repository ${DEMO_REPOSITORY} stays, with ${demoImage(place.registry, "1")} for tasks of your own.`,
  );
  if (twin !== null) for (const line of stackHints(place.folder, twin)) print(line);
  print(`Next:  eval "$(./roadstead env)"  and then any aws command`);
}

async function removeDemo(): Promise<void> {
  const { settings } = requireStack();
  await fetch(`${settings.apiUrl}/healthz`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }).catch(() => {
    throw new Failure(
      "the control plane does not answer, and it must to remove what it runs",
      "./roadstead up",
    );
  });
  await removeCommonStack(placeOf(requireCredentials(settings.dataDir)));
}

/** Where the stack's load balancer answers; null when no such stack was made. */
async function runInterruptibly(place: StackPlace, wantsApi: boolean): Promise<string | null> {
  const left: Leftovers = { docker: null, definitions: [], service: null };
  let interrupted = false;
  const onInterrupt = () => {
    interrupted = true;
    print("\nInterrupted; removing what the demo made. `./roadstead demo --remove` removes its last stack.");
    const ended = [interruptTerraform(), cleanUpDemo(place, left)];
    void Promise.allSettled(ended).finally(() => process.exit(EXIT_INTERRUPTED));
  };
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  try {
    const finish = await beginStack(place, wantsApi);
    await runDemoSteps(place, left);
    await cleanUpDemo(place, left);
    if (!finish) return null;
    print("\nNow what most services are: Fargate tasks behind an HTTPS load balancer.\n");
    return await finish();
  } catch (error) {
    // The step was cut short by the clean-up that now runs and ends the process.
    if (interrupted) return await new Promise<never>(() => undefined);
    throw error;
  } finally {
    await interruptTerraform();
    await cleanUpDemo(place, left);
    process.removeListener("SIGINT", onInterrupt);
    process.removeListener("SIGTERM", onInterrupt);
  }
}

/** Addresses of tasks and low ports are root's to give. */
async function beginStack(place: StackPlace, wantsApi: boolean): Promise<FinishStack | null> {
  if (process.getuid?.() === 0) return beginCommonStack(place, wantsApi);
  print("The demo's last stack is left out: addresses of its own for each task take root here.");
  return null;
}

function placeOf(credentials: Credentials): StackPlace {
  const { settings, remembered } = requireStack();
  const access = { url: settings.apiUrl, region: settings.regions[0] ?? "us-east-1", key: credentials };
  const registry = `127.0.0.1:${settings.registryPort}`;
  const plugins = process.env.ROADSTEAD_TERRAFORM_PLUGINS;
  const { accountId } = credentials;
  return {
    access,
    accountId,
    registry,
    dockerSocket: settings.dockerSocket,
    folder: dataFiles(settings.dataDir).demo,
    terraformEnv: {
      ...exportedVariables(settings, credentials),
      ...(plugins ? { ROADSTEAD_TERRAFORM_PLUGINS: plugins } : {}),
    },
    docker: () => logInToRegistry(access, registry, settings.dockerSocket),
    twinOf: async (name) => {
      const places = await withDb(databaseUrl(settings, remembered), (db) => listBalancerPlaces(db));
      const isIt = places.find((balancer) => balancer.name === name && balancer.accountId === accountId);
      return isIt?.loopbackAddress ?? null;
    },
  };
}
