/** `roadstead env`: prints the exports of the first account's administrator, or writes them as an AWS profile. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Flags } from "../arguments.ts";
import { AWS_FUNCTION, awsCommandVersion, knowsEndpointVariable } from "../aws-command.ts";
import { profileSections, renderExports, withSection } from "../exports.ts";
import { say } from "../progress.ts";
import { requireCredentials, requireStack } from "../stack.ts";

export function env(flags: Flags): void {
  const { settings } = requireStack();
  const key = requireCredentials(settings.dataDir);
  const version = awsCommandVersion();
  const isOld = version !== null && !knowsEndpointVariable(version);
  if (typeof flags.profile !== "string") {
    process.stdout.write(renderExports(settings, key));
    if (isOld) {
      process.stdout.write(AWS_FUNCTION);
      say(
        `aws ${version} does not read AWS_ENDPOINT_URL: here a function adds --endpoint-url, scripts must.`,
      );
    }
    return;
  }
  const sections = profileSections(flags.profile, settings, key);
  const credentials = process.env.AWS_SHARED_CREDENTIALS_FILE ?? join(homedir(), ".aws", "credentials");
  const config = process.env.AWS_CONFIG_FILE ?? join(homedir(), ".aws", "config");
  putSection(credentials, sections.credentials);
  putSection(config, sections.config);
  say(`Wrote profile ${flags.profile} to ${credentials} and ${config}`);
  if (isOld) say(`aws ${version} does not read endpoint_url there: add --endpoint-url ${settings.apiUrl}`);
}

function putSection(path: string, section: Parameters<typeof withSection>[1]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, withSection(readOrEmpty(path), section), { mode: 0o600 });
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
