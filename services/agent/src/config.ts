/** What the agent reads from its environment. */
import { wholeNumberField } from "@roadstead/service-kit/config";
import { z } from "zod";

export const configSchema = z.object({
  ROADSTEAD_AGENT_DATA_DIR: z.string(),
  ROADSTEAD_API_URL: z.url().default("http://127.0.0.1:4700"),
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
  /** Containers made and started at the same time. */
  ROADSTEAD_AGENT_LAUNCHES: wholeNumberField(1).default(6),
  ROADSTEAD_AGENT_NOFILE_SOFT: wholeNumberField(1).default(1_024),
  ROADSTEAD_AGENT_NOFILE_HARD: wholeNumberField(1).default(4_096),
  ROADSTEAD_AGENT_METRICS_INTERVAL_MS: wholeNumberField(100).default(20_000),
  ROADSTEAD_AGENT_CGROUP_ROOT: z.string().default("/sys/fs/cgroup"),
});

export type AgentConfig = z.infer<typeof configSchema>;
