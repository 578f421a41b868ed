/** What the agent reads from its environment. */
import { isIPv4 } from "node:net";
import { portField, wholeNumberField } from "@roadstead/service-kit/config";
import { z } from "zod";

/** `host:port`, the host an IPv4 address. */
const addressField = () =>
  z.string().transform((text, context) => {
    const [, host, port = ""] = /^(\d+\.\d+\.\d+\.\d+):(\d+)$/.exec(text) ?? [];
    const parsed = portField().safeParse(port);
    if (host && isIPv4(host) && parsed.success) return { host, port: parsed.data };
    context.addIssue({
      code: "custom",
      message: "must be an IPv4 address and a port, such as 127.0.0.1:4701",
    });
    return z.NEVER;
  });

export const configSchema = z.object({
  ROADSTEAD_AGENT_DATA_DIR: z.string(),
  ROADSTEAD_API_URL: z.url().default("http://127.0.0.1:4700"),
  /** The control plane's certificate authority, the only one believed; on other machines it is the joined one. */
  ROADSTEAD_CA_FILE: z.string().optional(),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
  AWS_SESSION_TOKEN: z.string().optional(),
  AWS_REGION: z.string().default("us-east-1"),
  ROADSTEAD_CLUSTER: z.string().default("default"),
  ROADSTEAD_DOCKER_SOCKET: z.string().default("/var/run/docker.sock"),
  /** For containers that name none. */
  ROADSTEAD_AGENT_STOP_TIMEOUT_MS: wholeNumberField(1).default(30_000),
  /** How long a stopped task's containers stay to be looked at. */
  ROADSTEAD_AGENT_CLEANUP_AFTER_MS: wholeNumberField().default(3 * 60 * 60_000),
  ROADSTEAD_AGENT_PULL_BEHAVIOR: z.enum(["default", "always", "once", "prefer-cached"]).default("default"),
  ROADSTEAD_AGENT_RESERVED_MEMORY_MIB: wholeNumberField().default(0),
  ROADSTEAD_AGENT_CPU: wholeNumberField(1).optional(),
  ROADSTEAD_AGENT_MEMORY_MIB: wholeNumberField(1).optional(),
  /** Images pulled at the same time. */
  ROADSTEAD_AGENT_PULLS: wholeNumberField(1).default(4),
  /** Where the registry is; unless it is there itself, the agent makes it reachable at the address below. */
  ROADSTEAD_REGISTRY_URL: z.url({ protocol: /^https?$/ }).default("http://127.0.0.1:4701"),
  ROADSTEAD_AGENT_REGISTRY_LISTEN: addressField().default({ host: "127.0.0.1", port: 4701 }),
  /** What is kept of containers' output while the log store is away, of all together. */
  ROADSTEAD_AGENT_LOG_SPOOL_MIB: wholeNumberField(1).default(512),
  /** Where the agents of this machine find each other: one serves the address of tasks' credentials for all. */
  ROADSTEAD_AGENTS_DIR: z.string().default("/run/roadstead-agents"),
  /** Containers made and started at the same time. */
  ROADSTEAD_AGENT_LAUNCHES: wholeNumberField(1).default(6),
  ROADSTEAD_AGENT_NOFILE_SOFT: wholeNumberField(1).default(1_024),
  ROADSTEAD_AGENT_NOFILE_HARD: wholeNumberField(1).default(4_096),
  ROADSTEAD_AGENT_METRICS_INTERVAL_MS: wholeNumberField(100).default(20_000),
  ROADSTEAD_AGENT_CGROUP_ROOT: z.string().default("/sys/fs/cgroup"),
});

export type AgentConfig = z.infer<typeof configSchema>;
