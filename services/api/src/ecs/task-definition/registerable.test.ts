import { describe, expect, test } from "vitest";
import { REGISTRATION_RULES, registerableTaskDefinition } from "./registerable.ts";
import {
  bridge,
  context,
  errorOf,
  fargate,
  type Input,
  ROLE,
  withVolume,
} from "./registration-builders.test-data.ts";

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
