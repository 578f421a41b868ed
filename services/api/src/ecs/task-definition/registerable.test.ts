import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { REGISTRATION_RULES, registerableTaskDefinition } from "./registerable.ts";

type Input = RegisterTaskDefinitionCommandInput;
type Container = NonNullable<Input["containerDefinitions"]>[number];

const context = { accountId: "123456789012", region: "us-east-1" };
const ROLE = "arn:aws:iam::123456789012:role/r";
const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1";
const AWSLOGS = { "awslogs-group": "g", "awslogs-region": "us-east-1" };

const aContainer = (over: Partial<Container> = {}): Container => ({
  name: "app",
  image: "nginx",
  memory: 128,
  ...over,
});
const bridge = (...containers: Partial<Container>[]): Input => ({
  family: "web",
  containerDefinitions: (containers.length ? containers : [{}]).map((c) => aContainer(c)),
});
const fargate = (over: Partial<Input> = {}, container: Partial<Container> = {}): Input => ({
  family: "web",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512",
  containerDefinitions: [aContainer(container)],
  ...over,
});
const withVolume = (volume: object, over: Partial<Input> = {}): Input => ({
  ...bridge(),
  volumes: [{ name: "v", ...volume }],
  ...over,
});
const efs = (over: object) =>
  withVolume({ efsVolumeConfiguration: { fileSystemId: "fs-12345678", ...over } });
const logged = (driver: string, options: Record<string, string>, over: Partial<Input> = {}): Input => ({
  ...bridge({ logConfiguration: { logDriver: driver as "awslogs", options } }),
  ...over,
});
const errorOf = (input: Input) => {
  const registration = registerableTaskDefinition(input, context);
  return registration.ok ? null : registration.error.message;
};

const refused: readonly (readonly [name: string, input: Input, message: string | RegExp])[] = [
  ["no family", { ...bridge(), family: "" }, "Family should not be null or empty."],
  ["odd family", { ...bridge(), family: "a b" }, "Family contains invalid characters."],
  ["odd role", { ...bridge(), taskRoleArn: "<role>" }, "Role is not valid"],
  [
    "unknown launch type",
    { ...bridge(), requiresCompatibilities: ["X" as "EC2"] },
    /launch type should be one of/,
  ],
  [
    "unknown network mode",
    { ...bridge(), networkMode: "default" as "host" },
    /network mode should be one of/,
  ],
  ["unknown pid mode", { ...bridge(), pidMode: "" as "host" }, /pid mode/],
  [
    "unknown platform",
    { ...bridge(), runtimePlatform: { operatingSystemFamily: "BEOS" as "LINUX" } },
    /BEOS/,
  ],
  [
    "ARM Windows",
    {
      ...bridge(),
      runtimePlatform: { operatingSystemFamily: "WINDOWS_SERVER_2022_CORE", cpuArchitecture: "ARM64" },
    },
    /ARM64/,
  ],
  [
    "distinctInstance in a definition",
    { ...bridge(), placementConstraints: [{ type: "distinctInstance" as "memberOf" }] },
    /placement constraint type/,
  ],
  ["proxy of nobody", { ...bridge(), proxyConfiguration: { containerName: "envoy" } }, /'envoy'/],
  [
    "small ephemeral storage",
    { ...bridge(), ephemeralStorage: { sizeInGiB: 20 } },
    "EphemeralStorage size should be at least 21",
  ],
  [
    "large ephemeral storage",
    { ...bridge(), ephemeralStorage: { sizeInGiB: 201 } },
    "EphemeralStorage size should be at most 200",
  ],
  ["64 KiB", bridge({ command: ["x".repeat(70_000)] }), /too large/],
  ["a NUL in a command", bridge({ command: ["a\u0000"] }), /not valid/],
  ["half a character", bridge({ dockerLabels: { "\ud800": "" } }), /not valid/],
  ["no containers", { family: "web", containerDefinitions: [] }, /empty/],
  [
    "eleven containers",
    bridge(...Array.from({ length: 11 }, (_, i) => ({ name: `c${i}` }))),
    /too many containers/,
  ],
  ["no container name", bridge({ name: "" }), "Container.name should not be null or empty."],
  ["odd container name", bridge({ name: "a.b" }), "Container.name contains invalid characters."],
  ["no image", bridge({ image: "" }), "Container.image should not be null or empty."],
  ["odd image", bridge({ image: "{{IMAGE}}" }), "Container.image contains invalid characters."],
  ["short digest", bridge({ image: "nginx@sha256:12" }), "Container.image contains invalid characters."],
  ["same name twice", bridge({}, {}), /more than once/],
  ["nothing essential", bridge({ essential: false }), /at least one essential/],
  [
    "health interval",
    bridge({ healthCheck: { command: ["CMD", "x"], interval: 4 } }),
    /interval should be between 5 and 300/,
  ],
  ["health retries", bridge({ healthCheck: { command: ["CMD", "x"], retries: 11 } }), /retries/],
  [
    "restart period",
    bridge({ restartPolicy: { enabled: true, restartAttemptPeriod: 59 } }),
    /restartAttemptPeriod/,
  ],
  [
    "unknown ulimit",
    bridge({ ulimits: [{ name: "x" as "core", softLimit: 1, hardLimit: 1 }] }),
    /ulimit name/,
  ],
  [
    "odd sysctl",
    bridge({ systemControls: [{ namespace: "vm.max_map_count", value: "1" }] }),
    /vm.max_map_count/,
  ],
  [
    "net sysctl in host mode",
    { ...bridge({ systemControls: [{ namespace: "net.core.somaxconn", value: "1" }] }), networkMode: "host" },
    /networkMode=host/,
  ],
  ["zero GPUs", bridge({ resourceRequirements: [{ type: "GPU", value: "0" }] }), /GPU/],
  [
    "no memory at all",
    { family: "web", containerDefinitions: [{ name: "app", image: "nginx" }] },
    "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified.",
  ],
  ["zero memory", bridge({ memory: 0 }), /at least 6/],
  [
    "reservation above limit",
    bridge({ memory: 64, memoryReservation: 128 }),
    /greater than 'memoryReservation'/,
  ],
  [
    "container above task memory",
    { ...bridge({ memory: 600 }), memory: "512" },
    "The 'memory' setting for container is greater than for the task.",
  ],
  [
    "sum above task memory",
    { ...bridge({ name: "a", memory: 300 }, { name: "b", memory: 300 }), memory: "512" },
    /sum of the 'memory'/,
  ],
  [
    "sum above task cpu",
    { ...bridge({ name: "a", cpu: 200 }, { name: "b", cpu: 200 }), cpu: "256" },
    /sum of the 'cpu'/,
  ],
  ["task cpu of 1", { ...bridge(), cpu: "1" }, /^Invalid 'cpu' setting for task\./],
  ["task memory of words", { ...bridge(), memory: "lots" }, /^Invalid 'memory' setting for task\./],
  ["odd protocol", bridge({ portMappings: [{ containerPort: 80, protocol: "http" as "tcp" }] }), /protocol/],
  [
    "two protocols for a port",
    bridge({ portMappings: [{ containerPort: 53 }, { containerPort: 53, protocol: "udp" }] }),
    /multiple protocols/,
  ],
  [
    "other host port in awsvpc",
    { ...bridge({ portMappings: [{ containerPort: 80, hostPort: 8080 }] }), networkMode: "awsvpc" },
    "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
  ],
  [
    "same port twice in awsvpc",
    {
      ...bridge(
        { name: "a", portMappings: [{ containerPort: 80 }] },
        { name: "b", portMappings: [{ containerPort: 80 }] },
      ),
      networkMode: "awsvpc",
    },
    /only once/,
  ],
  [
    "ports without network",
    { ...bridge({ portMappings: [{ containerPort: 80 }] }), networkMode: "none" },
    /networkMode=none/,
  ],
  [
    "backward range",
    bridge({ portMappings: [{ containerPortRange: "90-80" }] }),
    /containerPortRange '90-80'/,
  ],
  [
    "overlapping ranges",
    bridge({ portMappings: [{ containerPortRange: "80-90" }, { containerPortRange: "85-95" }] }),
    /overlap/,
  ],
  [
    "range in host mode",
    { ...bridge({ portMappings: [{ containerPortRange: "80-90" }] }), networkMode: "host" },
    /bridge or awsvpc/,
  ],
  [
    "same port name twice",
    bridge({
      portMappings: [
        { containerPort: 80, name: "w" },
        { containerPort: 81, name: "w" },
      ],
    }),
    /'w'/,
  ],
  [
    "links in awsvpc",
    { ...bridge({ name: "a" }, { name: "b", links: ["a"] }), networkMode: "awsvpc" },
    "Links are not supported when networkMode=awsvpc.",
  ],
  ["link to nobody", bridge({ links: ["db"] }), /'db'/],
  ["dependency on nobody", bridge({ dependsOn: [{ containerName: "db", condition: "START" }] }), /'db'/],
  [
    "completion of an essential container",
    bridge({ name: "a" }, { name: "b", dependsOn: [{ containerName: "a", condition: "SUCCESS" }] }),
    /essential/,
  ],
  [
    "health of an unchecked container",
    bridge({ name: "a" }, { name: "b", dependsOn: [{ containerName: "a", condition: "HEALTHY" }] }),
    /health check/,
  ],
  [
    "a cycle",
    bridge(
      { name: "a", dependsOn: [{ containerName: "b", condition: "START" }] },
      { name: "b", dependsOn: [{ containerName: "a", condition: "START" }] },
    ),
    /circular/,
  ],
  [
    "two kinds of volume",
    withVolume({ host: {}, configuredAtLaunch: true }),
    /Only one volume configuration/,
  ],
  [
    "unknown volume",
    bridge({ mountPoints: [{ sourceVolume: "w", containerPath: "/w" }] }),
    "Unknown volume 'w'.",
  ],
  ["volumes from nobody", bridge({ volumesFrom: [{ sourceContainer: "w" }] }), /'w'/],
  [
    "autoprovision of a task volume",
    withVolume({ dockerVolumeConfiguration: { autoprovision: true } }),
    /shared/,
  ],
  ["odd file system", efs({ fileSystemId: "{{FS}}" }), /EFS file system/],
  [
    "access point below the root",
    efs({
      rootDirectory: "/x",
      transitEncryption: "ENABLED",
      authorizationConfig: { accessPointId: "fsap-12345678" },
    }),
    /root directory/,
  ],
  ["EFS IAM in the clear", efs({ authorizationConfig: { iam: "ENABLED" } }), /transit encryption/],
  [
    "secret clashing with a variable",
    {
      ...bridge({ environment: [{ name: "A", value: "1" }], secrets: [{ name: "A", valueFrom: "p" }] }),
      executionRoleArn: ROLE,
    },
    "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as 'A'.",
  ],
  [
    "secrets without execution role",
    bridge({ secrets: [{ name: "A", valueFrom: "p" }] }),
    "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
  ],
  [
    "odd parameter name",
    { ...bridge({ secrets: [{ name: "A", valueFrom: "<p>" }] }), executionRoleArn: ROLE },
    /Systems Manager parameter name/,
  ],
  [
    "environment file of another kind",
    bridge({ environmentFiles: [{ type: "s3", value: "arn:aws:s3:::b/x.txt" }] }),
    /\.env/,
  ],
  [
    "awslogs without options",
    logged("awslogs", {}),
    "Log driver awslogs requires options: awslogs-region, awslogs-group",
  ],
  [
    "awslogs with strange options",
    logged("awslogs", { ...AWSLOGS, colour: "red" }),
    "Log driver awslogs disallows options: colour",
  ],
  ["awslogs not creating", logged("awslogs", { ...AWSLOGS, "awslogs-create-group": "false" }), /omit option/],
  ["awsfirelens without router", logged("awsfirelens", {}), /^When awsfirelens log driver/],
  [
    "router without users",
    bridge({ firelensConfiguration: { type: "fluentbit" } }),
    /^When a firelensConfiguration/,
  ],
  [
    "fargate in bridge mode",
    fargate({ networkMode: "bridge" }),
    "Fargate only supports network mode 'awsvpc'.",
  ],
  [
    "fargate without cpu",
    { ...fargate(), cpu: undefined },
    "Fargate requires that 'cpu' be defined at the task level.",
  ],
  [
    "fargate without memory",
    { ...fargate(), memory: undefined },
    "Fargate requires that 'memory' be defined at the task level.",
  ],
  [
    "fargate odd size",
    fargate({ cpu: "4096", memory: "4096" }),
    /^No Fargate configuration exists for given values/,
  ],
  ["fargate 32 vCPU", fargate({ cpu: "32768", memory: "122880" }), /^No Fargate configuration/],
  [
    "fargate ECR without role",
    fargate({}, { image: ECR }),
    "Fargate requires task definition to have execution role ARN to support ECR images.",
  ],
  [
    "fargate awslogs without role",
    fargate({}, { logConfiguration: { logDriver: "awslogs", options: AWSLOGS } }),
    "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
  ],
  [
    "fargate awslogs without prefix",
    fargate({ executionRoleArn: ROLE }, { logConfiguration: { logDriver: "awslogs", options: AWSLOGS } }),
    /awslogs-stream-prefix/,
  ],
  ["fargate privileged", fargate({}, { privileged: true }), /privileged/],
  [
    "fargate with host path",
    fargate({ volumes: [{ name: "v", host: { sourcePath: "/x" } }] }),
    "Fargate compatible task definitions do not support sourcePath",
  ],
  [
    "fargate pid host",
    fargate({ pidMode: "host" }),
    "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
  ],
  ["fargate stop timeout", fargate({}, { stopTimeout: 121 }), /stopTimeout/],
  ["fargate nproc", fargate({}, { ulimits: [{ name: "nproc", softLimit: 1, hardLimit: 2 }] }), /nofile/],
  [
    "external awsvpc",
    { ...bridge(), networkMode: "awsvpc", requiresCompatibilities: ["EXTERNAL"] },
    /awsvpc/,
  ],
  [
    "managed instances in bridge mode",
    { ...bridge(), requiresCompatibilities: ["MANAGED_INSTANCES"] },
    /Managed Instances only supports/,
  ],
  ["reserved tag", { ...bridge(), tags: [{ key: "AWS:x", value: "" }] }, /aws:/],
  ["tag twice", { ...bridge(), tags: [{ key: "a" }, { key: "a" }] }, /Duplicate/],
];

describe("registration refuses", () => {
  test.each(refused)("%s", (_name, input, message) => {
    expect(errorOf(input)).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  });
});

describe("registration accepts", () => {
  test.each<readonly [string, Input]>([
    ["a bare role name", { ...bridge(), taskRoleArn: "my-role" }],
    ["vCPU and GB", fargate({ cpu: ".25 vCPU", memory: "0.5 GB" })],
    ["a health check without CMD", bridge({ healthCheck: { command: ["curl", "x"] } })],
    ["an empty volume", withVolume({}, {})],
    [
      "secrets with a full ARN",
      {
        ...bridge({
          secrets: [
            { name: "A", valueFrom: "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-AbCdEf:key::" },
          ],
        }),
        executionRoleArn: ROLE,
      },
    ],
    ["equal limit and reservation", bridge({ memory: 128, memoryReservation: 128 })],
    ["a digest", bridge({ image: `nginx@sha256:${"a".repeat(64)}` })],
    ["volumesFrom", bridge({ name: "a" }, { name: "b", volumesFrom: [{ sourceContainer: "a" }] })],
    ["EBS at launch", fargate({ volumes: [{ name: "v", configuredAtLaunch: true }] })],
  ])("%s", (_name, input) => {
    expect(errorOf(input)).toBeNull();
  });
});

test("a bad tag is an InvalidParameterException, all else a ClientException", () => {
  expect(registerableTaskDefinition({ ...bridge(), tags: [{}] }, context)).toMatchObject({
    error: { code: "InvalidParameterException" },
  });
  expect(registerableTaskDefinition({ ...bridge(), family: "" }, context)).toMatchObject({
    error: { code: "ClientException" },
  });
});

test("every rule has a name of its own", () => {
  const names = REGISTRATION_RULES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("the caller's expression check decides about memberOf", () => {
  const input: Input = { ...bridge(), placementConstraints: [{ type: "memberOf", expression: "((" }] };
  expect(registerableTaskDefinition(input, { ...context, expressionError: () => "bad" })).toMatchObject({
    error: { message: "bad" },
  });
});

describe("compatibilities", () => {
  const of = (input: Input) => {
    const registration = registerableTaskDefinition(input, context);
    return registration.ok && registration.compatibilities;
  };
  test("a bridge definition runs on EC2 and outside", () => {
    expect(of(bridge())).toEqual(["EXTERNAL", "EC2"]);
  });
  test("a Fargate definition also runs on EC2 and managed instances", () => {
    expect(of(fargate())).toEqual(["EC2", "FARGATE", "MANAGED_INSTANCES"]);
  });
  test("an awsvpc definition without size runs on EC2 alone", () => {
    expect(of({ ...bridge(), networkMode: "awsvpc" })).toEqual(["EC2"]);
  });
});
