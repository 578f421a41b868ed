/** What the api reads from its environment, beside what every stateful process does. */
import { listField, portField, wholeNumberField } from "@roadstead/service-kit/config";
import { tlsFields } from "@roadstead/tls/tls-config";
import { z } from "zod";

export const configSchema = z.object({
  ROADSTEAD_LISTEN_HOST: z.string().default("127.0.0.1"),
  ROADSTEAD_API_PORT: portField().default(4700),
  /** Where agents reach the gateway. */
  ROADSTEAD_GATEWAY_URL: z.url().default("http://127.0.0.1:4702"),
  /** How Docker names the registry: hosts on the loopback need no configuration there. */
  ROADSTEAD_REGISTRY_HOST: z.string().min(1).default("127.0.0.1:4701"),
  /** What names that our DNS answers end in. */
  ROADSTEAD_DOMAIN: z.string().min(1).default("roadstead.internal"),
  /** Regions whose signatures are accepted; the first is the default one. */
  ROADSTEAD_REGIONS: listField().default(["us-east-1"]),
  ...tlsFields,
  ROADSTEAD_TLS_API_PORT: portField().default(4750),
  ROADSTEAD_TLS_REGISTRY_PORT: portField().default(4751),
  ROADSTEAD_TLS_GATEWAY_PORT: portField().default(4752),
  /** Where the agent, supervisor and joining programs are that other machines are given; beside the bundle if unset. */
  ROADSTEAD_JOIN_FILES_DIR: z.string().optional(),
  ROADSTEAD_AUTH: z.enum(["sigv4", "insecure"]).default("sigv4"),
  /** How long the minute lasts that metrics are kept by; tests shorten it. */
  ROADSTEAD_METRIC_PERIOD_MS: wholeNumberField(1_000).max(60_000).default(60_000),
  /** How long RunTask waits for placement before it answers that nothing was started. */
  ROADSTEAD_LAUNCH_DEADLINE_MS: wholeNumberField(100).default(15_000),
});

export type ApiConfig = z.infer<typeof configSchema>;
