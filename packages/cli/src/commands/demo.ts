/** `roadstead demo`: brings everything up, pushes an image, runs, rolls and heals a service of it, and leaves the stack. */
import { bringUp } from "../bring-up.ts";
import { DEMO_REPOSITORY, demoImage } from "../demo/demo-image.ts";
import { cleanUpDemo, type DemoPlace, type Leftovers, runDemoSteps } from "../demo/demo-steps.ts";
import { seconds } from "../progress.ts";
import { openStack } from "../stack.ts";

const EXIT_INTERRUPTED = 130;

export async function demo(): Promise<void> {
  const { settings, remembered } = openStack();
  const began = performance.now();
  const credentials = await bringUp(settings, remembered, {
    mode: remembered?.processes ?? "packed",
    minio: false,
  });
  print(`The stack is ready (${seconds(performance.now() - began)}).\n`);
  const place: DemoPlace = {
    access: { url: settings.apiUrl, region: settings.regions[0] ?? "us-east-1", key: credentials },
    dockerSocket: settings.dockerSocket,
    registry: `127.0.0.1:${settings.registryPort}`,
  };
  const left: Leftovers = { docker: null, definitions: [], service: null };
  let interrupted = false;
  const onInterrupt = () => {
    interrupted = true;
    print("\nInterrupted; removing what the demo made.");
    void cleanUpDemo(place, left).finally(() => process.exit(EXIT_INTERRUPTED));
  };
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  try {
    await runDemoSteps(place, left);
  } catch (error) {
    // The step was cut short by the clean-up that now runs and ends the process.
    if (interrupted) return await new Promise<never>(() => undefined);
    throw error;
  } finally {
    await cleanUpDemo(place, left);
    process.removeListener("SIGINT", onInterrupt);
    process.removeListener("SIGTERM", onInterrupt);
  }
  print(`\nThe demo is over (${seconds(performance.now() - began)} in all); the stack keeps running.`);
  print(
    `The repository ${DEMO_REPOSITORY} stays, with ${demoImage(place.registry, "1")} for tasks of your own.`,
  );
  print(`Next:  eval "$(./roadstead env)"  and then any aws ecs or aws ecr command`);
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
