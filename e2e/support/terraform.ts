/**
 * Runs Terraform, unmodified, on a copy of an example. The AWS provider is taken from the folder that
 * ROADSTEAD_TERRAFORM_PLUGINS names, laid out as `terraform providers mirror` does, so that no registry is asked.
 */
import { execFile, execFileSync } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Account } from "./account.ts";

const TIMEOUT_MS = 200_000;
const OUTPUT_MAX_BYTES = 8 * 1024 * 1024;
export const EXAMPLES = join(import.meta.dirname, "..", "..", "examples", "terraform");
const PLUGINS = process.env.ROADSTEAD_TERRAFORM_PLUGINS;

/** Why Terraform cannot be used here, or null. */
export function terraformMissing(): string | null {
  if (!PLUGINS) return "ROADSTEAD_TERRAFORM_PLUGINS names no folder with the AWS provider";
  try {
    execFileSync("terraform", ["version"], { env: environment({}), stdio: "ignore" });
    return null;
  } catch {
    return "no `terraform` on the PATH";
  }
}

export const NOTHING_TO_DO = "nothing to do";

export interface Terraform {
  /** What it printed; throws when it fails. */
  must(...args: readonly string[]): Promise<string>;
  /** What `plan` would do, or NOTHING_TO_DO. */
  planned(...args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export async function openTerraform(account: Pick<Account, "env">, example: string): Promise<Terraform> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-terraform-"));
  await cp(join(EXAMPLES, example), folder, { recursive: true });
  const run = (...args: readonly string[]) =>
    new Promise<{ readonly code: number; readonly output: string }>((resolve, reject) => {
      const child = execFile(
        "terraform",
        [...args, "-no-color"],
        { cwd: folder, env: environment(account.env), timeout: TIMEOUT_MS, maxBuffer: OUTPUT_MAX_BYTES },
        (error, stdout, stderr) => {
          if (error && child.exitCode === null) return reject(error);
          resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
        },
      );
    });
  const must: Terraform["must"] = async (...args) => {
    const { code, output } = await run(...args);
    if (code !== 0) throw new Error(`terraform ${args.join(" ")} ended with ${code}: ${output}`);
    return output;
  };
  await must("init", `-plugin-dir=${PLUGINS}`);
  return {
    must,
    async planned(...args) {
      const { code, output } = await run("plan", "-detailed-exitcode", ...args);
      return code === 0 ? NOTHING_TO_DO : output;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Nothing of the person who runs the tests. */
function environment(exports: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|TF_)/.test(name));
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    ...exports,
    TF_CLI_CONFIG_FILE: "/dev/null",
    TF_IN_AUTOMATION: "1",
    CHECKPOINT_DISABLE: "1",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
