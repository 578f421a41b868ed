/** `roadstead demo`: brings everything up, runs one task through its whole life, and leaves its image alone behind. */
import type { ApiAccess } from "../api-client.ts";
import { bringUp } from "../bring-up.ts";
import {
  DEMO_IMAGE,
  DEMO_PAGE,
  makeDemoImage,
  removeDemoContainers,
  removeDemoImage,
} from "../demo/demo-image.ts";
import {
  forgetDemo,
  readAnswer,
  registerDemo,
  runDemo,
  stopDemo,
  TASK_DEFINITION,
  waitRunning,
  waitStopped,
} from "../demo/demo-task.ts";
import { shellQuote } from "../exports.ts";
import { Failure } from "../failure.ts";
import { seconds } from "../progress.ts";
import { openStack } from "../stack.ts";

const EXIT_INTERRUPTED = 130;

/** What must be taken away again, whether the demo ends or is interrupted; a request under way counts. */
interface Leftovers {
  image: boolean;
  taskDefinition: Promise<string> | null;
  task: Promise<string> | null;
  stopped: boolean;
}

export async function demo(): Promise<void> {
  const { settings, remembered } = openStack();
  const began = performance.now();
  const credentials = await bringUp(settings, remembered, remembered?.processes ?? "packed");
  print(`The stack is ready (${seconds(performance.now() - began)}).\n`);
  const access: ApiAccess = {
    url: settings.apiUrl,
    region: settings.regions[0] ?? "us-east-1",
    key: credentials,
  };
  const left: Leftovers = { image: false, taskDefinition: null, task: null, stopped: false };
  let interrupted = false;
  const onInterrupt = () => {
    interrupted = true;
    print("\nInterrupted; removing what the demo made.");
    void cleanUp(access, settings.dockerSocket, left).finally(() => process.exit(EXIT_INTERRUPTED));
  };
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  try {
    await runSteps(access, settings.dockerSocket, left);
  } catch (error) {
    // The step was cut short by the clean-up that now runs and ends the process.
    if (interrupted) return await new Promise<never>(() => undefined);
    throw error;
  } finally {
    await cleanUp(access, settings.dockerSocket, left);
    process.removeListener("SIGINT", onInterrupt);
    process.removeListener("SIGTERM", onInterrupt);
  }
  print(`\nThe demo is over (${seconds(performance.now() - began)} in all); the stack keeps running.`);
  print(`The image ${DEMO_IMAGE} stays for tasks of your own.`);
  print(
    `Next:  eval "$(./roadstead env)"  and then any aws ecs command with --endpoint-url "$AWS_ENDPOINT_URL"`,
  );
}

async function runSteps(access: ApiAccess, dockerSocket: string, left: Leftovers): Promise<void> {
  await makeImage(dockerSocket, left);
  const taskArn = await launch(access, left);
  const url = await step("Wait until it runs", `aws ecs wait tasks-running --tasks ${taskArn}`, async () => {
    const task = await waitRunning(access, taskArn);
    const binding = task.containers?.[0]?.networkBindings?.[0];
    if (!binding) throw new Failure("the running task shows no host port");
    return `http://127.0.0.1:${binding.hostPort}/`;
  });
  await step("Read its answer", `curl ${url}`, async () => {
    const answer = await readAnswer(url);
    if (answer !== DEMO_PAGE) throw new Failure(`unexpected answer: ${answer}`);
    return answer.trim();
  });
  await step("Stop it", `aws ecs stop-task --task ${taskArn}`, async () => {
    await stopDemo(access, taskArn);
    return "asked";
  });
  await step("Wait until it has stopped", `aws ecs wait tasks-stopped --tasks ${taskArn}`, async () => {
    const task = await waitStopped(access, taskArn);
    left.stopped = true;
    return `exit code ${task.containers?.[0]?.exitCode ?? "none"}: ${task.stoppedReason ?? ""}`;
  });
}

async function makeImage(dockerSocket: string, left: Leftovers): Promise<void> {
  const command = "tar -c bin/busybox www | docker import - roadstead/demo";
  await step(`Make a small image, ${DEMO_IMAGE}`, command, async () => {
    left.image = true;
    return `from ${await makeDemoImage(dockerSocket)}`;
  });
}

async function launch(access: ApiAccess, left: Leftovers): Promise<string> {
  const input = shellQuote(JSON.stringify(TASK_DEFINITION));
  const register = `aws ecs register-task-definition --cli-input-json ${input}`;
  const taskDefinition = await step("Register a task definition", register, async () => {
    left.taskDefinition = registerDemo(access);
    return left.taskDefinition;
  });
  return step("Run it", `aws ecs run-task --task-definition ${taskDefinition}`, async () => {
    left.task = runDemo(access, taskDefinition);
    return left.task;
  });
}

/** Prints what is done, the command that does the same, the answer and the time. */
async function step(title: string, command: string, work: () => Promise<string>): Promise<string> {
  print(`• ${title}\n    $ ${command}`);
  const began = performance.now();
  const answer = await work();
  print(`    ${answer}   [${Math.round(performance.now() - began)} ms]`);
  return answer;
}

async function cleanUp(access: ApiAccess, dockerSocket: string, left: Leftovers): Promise<void> {
  const { image, stopped } = left;
  const taskDefinition = await left.taskDefinition?.catch(() => null);
  const taskArn = (await left.task?.catch(() => null)) ?? null;
  Object.assign(left, { image: false, taskDefinition: null, task: null });
  const failures: string[] = [];
  const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => failures.push(String(error)));
  if (taskArn && !stopped) {
    await attempt(stopDemo(access, taskArn).then(() => waitStopped(access, taskArn)));
  }
  if (taskDefinition) await attempt(forgetDemo(access, taskDefinition));
  if (taskArn) await attempt(removeDemoContainers(dockerSocket, taskArn));
  if (image && !stopped) await attempt(removeDemoImage(dockerSocket));
  for (const failure of failures) print(`    could not clean up: ${failure}`);
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
