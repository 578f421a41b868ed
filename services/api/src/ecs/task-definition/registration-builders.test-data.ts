/** Builds registrations for tests: valid ones, changed where the test says. */
import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import { registerableTaskDefinition } from "./registerable.ts";

export type Input = RegisterTaskDefinitionCommandInput;
export type Container = NonNullable<Input["containerDefinitions"]>[number];

export const context = { accountId: "123456789012", region: "us-east-1" };
export const ROLE = "arn:aws:iam::123456789012:role/r";
export const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1";
export const AWSLOGS = { "awslogs-group": "g", "awslogs-region": "us-east-1" };

export const aContainer = (over: Partial<Container> = {}): Container => ({
  name: "app",
  image: "nginx",
  memory: 128,
  ...over,
});
export const bridge = (...containers: Partial<Container>[]): Input => ({
  family: "web",
  containerDefinitions: (containers.length ? containers : [{}]).map((c) => aContainer(c)),
});
export const fargate = (over: Partial<Input> = {}, container: Partial<Container> = {}): Input => ({
  family: "web",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512",
  containerDefinitions: [aContainer(container)],
  ...over,
});
export const withVolume = (volume: object, over: Partial<Input> = {}): Input => ({
  ...bridge(),
  volumes: [{ name: "v", ...volume }],
  ...over,
});
export const efs = (over: object) =>
  withVolume({ efsVolumeConfiguration: { fileSystemId: "fs-12345678", ...over } });
export const logged = (
  driver: string,
  options: Record<string, string>,
  over: Partial<Input> = {},
): Input => ({
  ...bridge({ logConfiguration: { logDriver: driver as "awslogs", options } }),
  ...over,
});
export const errorOf = (input: Input) => {
  const registration = registerableTaskDefinition(input, context);
  return registration.ok ? null : registration.error.message;
};
