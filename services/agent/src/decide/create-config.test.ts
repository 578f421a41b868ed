import { describe, expect, test } from "vitest";
import { createConfig, impossible } from "./create-config.ts";
import { aContainerSpec, aTaskSpec } from "./task-fixture.ts";

const context = {
  instanceArn: "arn:instance",
  region: "eu-west-1",
  nofile: { soft: 1_024, hard: 4_096 },
  cgroupParent: null,
};
const made = (container = {}, task = {}) => createConfig(aTaskSpec(task), aContainerSpec(container), context);

describe("the engine's create document", () => {
  test("what the control plane decoded replaces what the agent built, and null replaces nothing", () => {
    const document = made({
      command: ["agent"],
      config: { User: "1000", Cmd: ["control", "plane"], WorkingDir: null },
      hostConfig: { CpuShares: 7, Memory: null },
      memoryMiB: 16,
    });
    expect(document).toMatchObject({ User: "1000", Cmd: ["control", "plane"] });
    expect(document).not.toHaveProperty("WorkingDir");
    expect(document.HostConfig).toMatchObject({ CpuShares: 7, Memory: 16 * 1_024 * 1_024 });
  });

  test("containers ask the agent for names first, unless they say whom they ask or have no network of their own", () => {
    const nameservers = ["169.254.170.2", "192.0.2.53"];
    const asked = (container = {}, task = {}) =>
      createConfig(aTaskSpec(task), aContainerSpec(container), { ...context, nameservers }).HostConfig;
    expect(asked()).toMatchObject({ Dns: nameservers, DnsOptions: ["timeout:1"] });
    expect(asked({ hostConfig: { Dns: ["192.0.2.1"] } })).toMatchObject({ Dns: ["192.0.2.1"] });
    expect(asked({}, { networkMode: "none" })).not.toHaveProperty("Dns");
    expect(made().HostConfig).not.toHaveProperty("Dns");
  });

  test("the labels that ownership rests on cannot be overwritten", () => {
    const { Labels } = made({ config: { Labels: { mine: "1", "com.amazonaws.ecs.task-arn": "forged" } } });
    expect(Labels).toMatchObject({
      mine: "1",
      "com.amazonaws.ecs.task-arn": aTaskSpec().arn,
      "com.amazonaws.ecs.container-name": "app",
      "com.amazonaws.ecs.cluster": "default",
      "com.roadstead.container-instance": "arn:instance",
    });
  });

  test.each([
    ["none asked for", {}, [{ Name: "nofile", Soft: 1_024, Hard: 4_096 }]],
    [
      "another asked for",
      { Ulimits: [{ Name: "core", Soft: 0, Hard: 0 }] },
      [
        { Name: "core", Soft: 0, Hard: 0 },
        { Name: "nofile", Soft: 1_024, Hard: 4_096 },
      ],
    ],
    ["its own", { Ulimits: [{ Name: "nofile", Soft: 9, Hard: 9 }] }, [{ Name: "nofile", Soft: 9, Hard: 9 }]],
  ])("the limit on open files with %s", (_, hostConfig, limits) => {
    expect(made({ hostConfig }).HostConfig.Ulimits).toEqual(limits);
  });

  test.each([
    ["bridge", { "80/tcp": [{ HostPort: "" }], "53/udp": [{ HostPort: "5353" }] }],
    ["host", undefined],
    ["none", undefined],
  ])("ports in network mode %s", (networkMode, bindings) => {
    const portMappings = [
      { containerPort: 80, hostPort: 0, protocol: "tcp" },
      { containerPort: 53, hostPort: 5_353, protocol: "udp" },
    ];
    const { HostConfig } = made({ portMappings }, { networkMode });
    expect(HostConfig.PortBindings).toEqual(bindings);
    expect(HostConfig.NetworkMode).toBe(networkMode);
  });

  test("volumes are the host's folder, the task's own, or one that is shared", () => {
    const base = { create: true, driver: null, driverOptions: {}, labels: {} };
    const volumes = [
      { kind: "bind", name: "cfg", sourcePath: "/srv/cfg" },
      { kind: "task", name: "scratch", ...base },
      { kind: "shared", name: "pool", ...base },
    ];
    const mount = (sourceVolume: string, readOnly = false) => ({
      sourceVolume,
      containerPath: `/${sourceVolume}`,
      readOnly,
    });
    const mountPoints = [mount("cfg", true), mount("scratch"), mount("pool")];
    expect(made({ mountPoints }, { volumes }).HostConfig.Binds).toEqual([
      "/srv/cfg:/cfg:ro",
      "ecs-web-1-scratch-0123456789abcdef0123456789abcdef:/scratch",
      "pool:/pool",
    ]);
  });

  test("links and borrowed volumes name the engine's containers", () => {
    const { HostConfig } = made({
      links: ["db:database", "cache"],
      volumesFrom: [{ sourceContainer: "data", readOnly: true }],
    });
    const id = "0123456789abcdef0123456789abcdef";
    expect(HostConfig.Links).toEqual([`ecs-web-1-db-${id}:database`, `ecs-web-1-cache-${id}:cache`]);
    expect(HostConfig.VolumesFrom).toEqual([`ecs-web-1-data-${id}:ro`]);
  });

  test("an image's own health check does not count", () => {
    expect(made().Healthcheck).toEqual({ Test: ["NONE"] });
    const Healthcheck = { Test: ["CMD", "true"] };
    expect(made({ hasHealthCheck: true, config: { Healthcheck } }).Healthcheck).toEqual(Healthcheck);
  });

  test.each([
    [{}, ["AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1"]],
    [{ AWS_REGION: "x" }, ["AWS_REGION=x"]],
  ])("the region is told unless the task tells it: %j", (environment, env) => {
    expect(made({ environment }).Env).toEqual(env);
  });

  test.each([
    [
      "a volume that is not the task's",
      { mountPoints: [{ sourceVolume: "x", containerPath: "/x", readOnly: false }] },
      {},
    ],
    ["a network mode that is not built", {}, { networkMode: "awsvpc" }],
  ])("%s is said to be impossible", (_, container, task) => {
    expect(impossible(aTaskSpec(task), aContainerSpec(container))).toMatch(/Error: /);
    expect(impossible(aTaskSpec(), aContainerSpec())).toBeNull();
  });
});

test("a task with a role says where its containers find the credentials, over what its user wrote there", () => {
  const env = (task: object) =>
    made({ environment: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/mine" } }, task).Env;
  expect(env({ credentialsId: "id" })).toContain("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/id");
  expect(env({})).toContain("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/mine");
});
