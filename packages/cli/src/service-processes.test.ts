import { describe, expect, test } from "vitest";
import { agentProcess, type Stack, serviceProcess } from "./service-processes.ts";
import { resolveSettings } from "./settings.ts";

const stack: Stack = {
  settings: resolveSettings({ ROADSTEAD_AGENT_PULL_BEHAVIOR: "always" }, "/d"),
  node: "/node",
  bundleFolder: "/d/bundles/x/bin",
  databaseUrl: "postgres://secret",
  redisUrl: "redis://secret",
  masterKeyFile: "/d/master-key",
  haproxyEnv: { ROADSTEAD_HAPROXY_DIR: "/data/haproxy" },
  blobEnv: { ROADSTEAD_BLOB_S3_SECRET_KEY: "secret" },
  compileCache: "/d/cache",
  path: "/bin",
};
const agent = {
  name: "agent-1",
  accountId: "111111111111",
  region: "us-east-1",
  cluster: "default",
  accessKeyId: "AKIA",
  secretAccessKey: "s",
  cpu: 512,
  memoryMiB: null,
};

describe("service processes", () => {
  test("a service is told of its stores and addresses", () =>
    expect(serviceProcess(stack, "api", { opsPort: 1, logFile: "/l" }).env).toMatchObject({
      ROADSTEAD_DATABASE_URL: "postgres://secret",
      ROADSTEAD_REDIS_URL: "redis://secret",
      ROADSTEAD_API_PORT: "4700",
      ROADSTEAD_OPS_PORT: "1",
    }));

  test("the registry alone is told how to get at the layers", () => {
    const envOf = (name: "api" | "registry") =>
      serviceProcess(stack, name, { opsPort: 1, logFile: "/l" }).env;
    expect(envOf("registry")).toMatchObject(stack.blobEnv);
    expect(JSON.stringify(envOf("api"))).not.toContain("BLOB");
  });

  test("an agent is told of neither database nor Redis nor master key", () => {
    const { env } = agentProcess(stack, agent, { opsPort: 1, logFile: "/l", dataDir: "/d/agents/1" });
    expect(JSON.stringify(env)).not.toMatch(/DATABASE|REDIS|MASTER|secret/);
    expect(env).toMatchObject({ ROADSTEAD_AGENT_CPU: "512", ROADSTEAD_AGENT_PULL_BEHAVIOR: "always" });
    expect(env).not.toHaveProperty("ROADSTEAD_AGENT_MEMORY_MIB");
  });

  test("the provisioner is told how to start agents as this machine's own, which learn of no store", () => {
    const { env } = serviceProcess(stack, "control", { opsPort: 1, logFile: "/l" });
    const program = JSON.parse(env.ROADSTEAD_FARGATE_AGENT ?? "");
    expect(program.args.at(-1)).toBe("/d/bundles/x/bin/agent.mjs");
    expect(program.env).toMatchObject({ ROADSTEAD_AGENT_PULL_BEHAVIOR: "always" });
    expect(JSON.stringify(program)).not.toMatch(/DATABASE|REDIS|MASTER|OPS_PORT|secret/);
    expect(serviceProcess(stack, "api", { opsPort: 1, logFile: "/l" }).env).not.toHaveProperty(
      "ROADSTEAD_FARGATE_AGENT",
    );
  });

  test("agents stop before services", () => {
    const placed = { opsPort: 1, logFile: "/l" };
    expect(agentProcess(stack, agent, { ...placed, dataDir: "/a" }).tier).toBeGreaterThan(
      serviceProcess(stack, "api", placed).tier,
    );
  });
});
