/** `roadstead up`: brings everything up and prints where it is. */
import type { Flags } from "../arguments.ts";
import { bringUp, type ProcessMode } from "../bring-up.ts";
import { seconds } from "../progress.ts";
import type { Settings } from "../settings.ts";
import { openStack } from "../stack.ts";

const tlsPorts = (settings: Settings) =>
  [settings.tlsApiPort, settings.tlsRegistryPort, settings.tlsGatewayPort].join(", ");

/** `--listen` is the variable of the same meaning; both are remembered. */
const listeningOn = (address: string | boolean | undefined): NodeJS.ProcessEnv =>
  typeof address === "string" ? { ...process.env, ROADSTEAD_TLS_LISTEN_HOST: address } : process.env;

export async function up(flags: Flags): Promise<void> {
  const began = performance.now();
  const { settings, remembered } = openStack(listeningOn(flags.listen));
  const asked = flags.processes as ProcessMode | undefined;
  await bringUp(settings, remembered, {
    mode: asked ?? remembered?.processes ?? "packed",
    minio: flags.minio === true,
  });
  const lines = [
    `Ready in ${seconds(performance.now() - began)}.`,
    `  API      ${settings.apiUrl}`,
    `  images   127.0.0.1:${settings.registryPort}`,
    `  agents   ${settings.gatewayUrl}`,
    ...(settings.tlsListenHost === null
      ? []
      : [`  machines ${settings.tlsListenHost} (TLS ports ${tlsPorts(settings)}): ./roadstead agent token`]),
    `  data     ${settings.dataDir}`,
    ...(settings.auth === "insecure"
      ? ["  WARNING  ROADSTEAD_AUTH=insecure: every signature is accepted"]
      : []),
    `Point AWS clients here with:  eval "$(./roadstead env)"`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
