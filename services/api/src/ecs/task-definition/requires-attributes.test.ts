import { expect, test } from "vitest";
import { normalise } from "./normalise.ts";
import { aContainer, bridge, ECR, fargate, type Input, ROLE } from "./registration-builders.test-data.ts";
import { requiresAttributes } from "./requires-attributes.ts";

const namesOf = (input: Input) => requiresAttributes(normalise(input)).map(({ name }) => name);

test("a plain bridge definition asks for nothing", () => {
  expect(namesOf(bridge())).toEqual([]);
});

test("no attribute is asked for twice", () => {
  const names = namesOf(bridge({ name: "a", privileged: true }, { name: "b", privileged: true }));
  expect(names).toEqual(["com.amazonaws.ecs.capability.privileged-container"]);
});

test.each<readonly [string, Input, string]>([
  ["awsvpc", fargate(), "ecs.capability.task-eni"],
  ["a task role", { ...bridge(), taskRoleArn: ROLE }, "com.amazonaws.ecs.capability.task-iam-role"],
  [
    "a task role in host mode",
    { ...bridge(), taskRoleArn: ROLE, networkMode: "host" },
    "com.amazonaws.ecs.capability.task-iam-role-network-host",
  ],
  ["an ECR image", bridge({ image: ECR }), "com.amazonaws.ecs.capability.ecr-auth"],
  [
    "an ECR image and a role",
    { ...bridge({ image: ECR }), executionRoleArn: ROLE },
    "ecs.capability.execution-role-ecr-pull",
  ],
  [
    "a log driver",
    bridge({ logConfiguration: { logDriver: "fluentd" } }),
    "com.amazonaws.ecs.capability.logging-driver.fluentd",
  ],
  [
    "an SSM secret",
    bridge({ secrets: [{ name: "A", valueFrom: "p" }] }),
    "ecs.capability.secrets.ssm.environment-variables",
  ],
  [
    "a secret log option",
    bridge({
      logConfiguration: {
        logDriver: "splunk",
        secretOptions: [{ name: "t", valueFrom: "arn:aws:secretsmanager:r:1:secret:s" }],
      },
    }),
    "ecs.capability.secrets.asm.bootstrap.log-driver",
  ],
  [
    "a health check",
    bridge({ healthCheck: { command: ["CMD", "x"] } }),
    "ecs.capability.container-health-check",
  ],
  [
    "an order",
    bridge({ dependsOn: [{ containerName: "b", condition: "START" }] }),
    "ecs.capability.container-ordering",
  ],
  ["pid mode", { ...bridge(), pidMode: "host" }, "ecs.capability.pid-ipc-namespace-sharing"],
  [
    "a volume plugin",
    { ...bridge(), volumes: [{ name: "v", dockerVolumeConfiguration: { driver: "rexray/ebs:1" } }] },
    "ecs.capability.docker-plugin.rexray/ebs.1",
  ],
  [
    "a restart policy",
    bridge({ restartPolicy: { enabled: true } }),
    "ecs.capability.container-restart-policy",
  ],
  [
    "a port range",
    bridge({ portMappings: [{ containerPortRange: "80-90" }] }),
    "ecs.capability.network.container-port-range",
  ],
  [
    "environment files",
    { ...bridge(), containerDefinitions: [aContainer({ environmentFiles: [{ type: "s3", value: "x" }] })] },
    "ecs.capability.env-files.s3",
  ],
])("%s asks for its capability", (_name, input, attribute) => {
  expect(namesOf(input)).toContain(attribute);
});
