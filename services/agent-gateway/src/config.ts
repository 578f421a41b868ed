/** What the agent gateway reads from its environment. */
import { listField, portField, wholeNumberField } from "@roadstead/service-kit/config";
import { tlsFields } from "@roadstead/tls/tls-config";
import { z } from "zod";

export const configSchema = z.object({
  ROADSTEAD_LISTEN_HOST: z.string().default("127.0.0.1"),
  ROADSTEAD_GATEWAY_PORT: portField().default(4702),
  ...tlsFields,
  ROADSTEAD_TLS_GATEWAY_PORT: portField().default(4752),
  ROADSTEAD_AUTH: z.enum(["sigv4", "insecure"]).default("sigv4"),
  /** Agents ask here for what the registry lets them in with. */
  ROADSTEAD_API_URL: z.url().default("http://127.0.0.1:4700"),
  /** How Docker on the registry's host knows it. */
  ROADSTEAD_REGISTRY_HOST: z.string().default("127.0.0.1:4701"),
  ROADSTEAD_DOMAIN: z.string().default("roadstead.internal"),
  /** The first is the default one. */
  ROADSTEAD_REGIONS: listField().default(["us-east-1"]),
  /** Sockets of both kinds; an agent holds two. */
  ROADSTEAD_GATEWAY_CONNECTIONS: wholeNumberField(1).default(10_000),
  /** AWS's agent leaves a socket after 60 s without a message. */
  ROADSTEAD_GATEWAY_HEARTBEAT_MS: wholeNumberField(100).default(25_000),
  /** An agent that has said nothing for this long is gone. */
  ROADSTEAD_GATEWAY_SILENCE_MS: wholeNumberField(100).default(60_000),
  /** How long an assignment may stay unacknowledged before it is sent again on the same socket. */
  ROADSTEAD_GATEWAY_RESEND_MS: wholeNumberField(100).default(15_000),
  /** How long credentials of tasks' roles last; new ones are sent at half of it. */
  ROADSTEAD_TASK_CREDENTIALS_LIFE_MS: wholeNumberField(1_000).default(6 * 60 * 60_000),
  /** A gateway that has not said for this long that its sockets live is dead; its sessions are closed. */
  ROADSTEAD_GATEWAY_DEAD_AFTER_MS: wholeNumberField(500).default(15_000),
});

export type GatewayConfig = z.infer<typeof configSchema>;
