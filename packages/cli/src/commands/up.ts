/** `roadstead up`: brings everything up and prints where it is. */
import type { Flags } from "../arguments.ts";
import { bringUp, type ProcessMode } from "../bring-up.ts";
import { seconds } from "../progress.ts";
import { openStack } from "../stack.ts";

export async function up(flags: Flags): Promise<void> {
  const began = performance.now();
  const { settings, remembered } = openStack();
  const asked = flags.processes as ProcessMode | undefined;
  await bringUp(settings, remembered, asked ?? remembered?.processes ?? "packed");
  const lines = [
    `Ready in ${seconds(performance.now() - began)}.`,
    `  API      ${settings.apiUrl}`,
    `  agents   ${settings.gatewayUrl}`,
    `  data     ${settings.dataDir}`,
    ...(settings.auth === "insecure"
      ? ["  WARNING  ROADSTEAD_AUTH=insecure: every signature is accepted"]
      : []),
    `Point AWS clients here with:  eval "$(./roadstead env)"`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
