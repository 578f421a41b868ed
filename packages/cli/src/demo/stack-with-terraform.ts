/** Applies and destroys the demo's last stack with Terraform, from a copy of the example in the data folder. */
import { execFile, spawn } from "node:child_process";
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Failure } from "../failure.ts";
import { findProgram } from "../install/find-program.ts";
import { seconds } from "../progress.ts";
import { pushStackImage } from "./stack-image.ts";
import type { StackPlace } from "./stack-place.ts";
import { print, step } from "./step.ts";

const EXAMPLE = join(import.meta.dirname, "../../../../examples/terraform/common-stack");
const INIT_TIMEOUT_MS = 60_000;
const CHANGE_TIMEOUT_MS = 300_000;
const OUTPUT_TIMEOUT_MS = 30_000;
/** So long it may take to write its state once it was told to stop. */
const STOP_TIMEOUT_MS = 30_000;
const PROGRESS_MS = 5_000;
/** With all that these take. */
const EARLY = ["aws_ecr_repository.web", "aws_lb.main", "aws_ecs_cluster_capacity_providers.main"];
const LAST_LINES = 20;

const logFile = (folder: string): string => join(folder, "terraform.log");
export const terraformFolder = (folder: string): string => join(folder, "terraform");

/** Why Terraform cannot be used, or null once its provider is in place. */
export async function prepareTerraform(place: StackPlace): Promise<string | null> {
  if (!findProgram("terraform")) return "no terraform on the PATH";
  const folder = terraformFolder(place.folder);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(EXAMPLE).filter((name) => name.endsWith(".tf")))
    cpSync(join(EXAMPLE, file), join(folder, file));
  const plugins = place.terraformEnv.ROADSTEAD_TERRAFORM_PLUGINS;
  const args = ["init", ...(plugins ? [`-plugin-dir=${plugins}`] : [])];
  try {
    await step("Prepare Terraform", commandOf(folder, args), async () => {
      await runTerraform(place, args, INIT_TIMEOUT_MS);
      return "its AWS provider is at hand";
    });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The provider sleeps for a minute over networks, load balancers and clusters: begun early, it does so while others are busy. */
export function beginApply(place: StackPlace): Promise<string> {
  const args = ["apply", "-auto-approve", ...EARLY.map((address) => `-target=${address}`)];
  print("• Begin the last stack's network, load balancer and cluster meanwhile");
  print(`    $ ${commandOf(terraformFolder(place.folder), args)}`);
  isQuiet = true;
  const begun = change(place, args);
  begun.catch(() => undefined); // applyStack is told
  return begun;
}

export async function applyStack(place: StackPlace, begun: Promise<string>): Promise<void> {
  const folder = terraformFolder(place.folder);
  const look = `tail ${logFile(place.folder)}`;
  isQuiet = false;
  await step("Wait for them; the AWS provider pauses for a minute over any load balancer", look, () => begun);
  await pushStackImage(place, await output(place, "repository"));
  const all = ["apply", "-auto-approve"];
  await step("Make its roles, secrets, listeners, service and scaling", commandOf(folder, all), () =>
    change(place, all),
  );
}

export async function destroyStack(place: StackPlace): Promise<void> {
  if (!existsSync(join(terraformFolder(place.folder), "terraform.tfstate"))) return;
  const unusable = await prepareTerraform(place);
  if (unusable)
    throw new Failure(
      `the stack was made with Terraform, which cannot be used: ${unusable}`,
      "bring it back, or remove everything: ./roadstead down --purge",
    );
  const args = ["destroy", "-auto-approve"];
  await step("Destroy the stack", commandOf(terraformFolder(place.folder), args), () => change(place, args));
}

const commandOf = (folder: string, args: readonly string[]): string =>
  `terraform -chdir=${folder} ${args.join(" ")}`;

/** Its closing line. */
async function change(place: StackPlace, args: readonly string[]): Promise<string> {
  const text = await runTerraform(place, args, CHANGE_TIMEOUT_MS);
  return /^(Apply|Destroy) complete!.*$/m.exec(text)?.[0] ?? "done";
}

/** While other steps are being told of. */
let isQuiet = false;
/** The one that runs, so that an interruption can wait for its state to be written. */
let running: { readonly stop: () => void; readonly ended: Promise<unknown> } | null = null;

export async function interruptTerraform(): Promise<void> {
  running?.stop();
  await running?.ended;
}

/** Its output goes to a file: it lives on to write its state when this process goes. */
async function runTerraform(place: StackPlace, args: readonly string[], timeoutMs: number): Promise<string> {
  const path = logFile(place.folder);
  const log = openSync(path, "w", 0o600);
  const began = performance.now();
  // In a group of its own, for a terminal's interruption reaches it once this way, and twice would cut it short.
  const child = spawn("terraform", [...args, "-no-color", "-input=false"], {
    cwd: terraformFolder(place.folder),
    env: terraformEnvironment(process.env, place.terraformEnv),
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<number | null>((resolve) => {
    child.on("error", () => resolve(null));
    child.on("close", resolve);
  });
  let killing: NodeJS.Timeout | undefined;
  const stop = () => {
    if (killing) return;
    child.kill("SIGINT");
    killing = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  };
  running = { stop, ended };
  const timer = setTimeout(stop, timeoutMs);
  const progress = setInterval(() => {
    const count = madeIn(readFileSync(path, "utf8"));
    if (count > 0 && !isQuiet) print(`    … ${count} done after ${seconds(performance.now() - began)}`);
  }, PROGRESS_MS);
  const code = await ended;
  for (const one of [timer, killing, progress]) clearTimeout(one);
  running = null;
  const text = readFileSync(path, "utf8");
  if (code === 0) return text;
  const last = text.trim().split("\n").slice(-LAST_LINES).join("\n    ");
  throw new Failure(
    `terraform ${args[0]} ended with ${code} after ${seconds(performance.now() - began)}:\n    ${last}`,
  );
}

/** How many resources Terraform says it is done with. */
export const madeIn = (log: string): number =>
  log.match(/: (Creation|Modifications|Destruction) complete after/g)?.length ?? 0;

async function output(place: StackPlace, name: string): Promise<string> {
  const { stdout } = await promisify(execFile)("terraform", ["output", "-raw", name], {
    cwd: terraformFolder(place.folder),
    env: terraformEnvironment(process.env, place.terraformEnv),
    timeout: OUTPUT_TIMEOUT_MS,
  });
  return stdout.trim();
}

/** Of the person's own settings for AWS and Terraform only where providers come from; with a folder of them, not even that. */
export function terraformEnvironment(
  env: NodeJS.ProcessEnv,
  exports: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(AWS_|TF_)/.test(name) || name === "TF_CLI_CONFIG_FILE" || name === "TF_PLUGIN_CACHE_DIR",
  );
  return {
    ...Object.fromEntries(kept),
    ...exports,
    TF_IN_AUTOMATION: "1",
    CHECKPOINT_DISABLE: "1",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    ...(exports.ROADSTEAD_TERRAFORM_PLUGINS ? { TF_CLI_CONFIG_FILE: "/dev/null" } : {}),
  };
}
