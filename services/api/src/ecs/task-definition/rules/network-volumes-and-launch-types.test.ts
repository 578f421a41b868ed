import { describe, expect, test } from "vitest";
import {
  AWSLOGS,
  bridge,
  ECR,
  efs,
  errorOf,
  fargate,
  type Input,
  logged,
  ROLE,
  withVolume,
} from "../registration-builders.test-data.ts";

const refused: readonly (readonly [name: string, input: Input, message: string | RegExp])[] = [
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
