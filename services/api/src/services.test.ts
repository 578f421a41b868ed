/** What the api says it does is what the SDK's clients can ask for, no more and no less. */
import * as acm from "@aws-sdk/client-acm";
import * as applicationautoscaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import * as events from "@aws-sdk/client-eventbridge";
import * as iam from "@aws-sdk/client-iam";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { services } from "./services.ts";

const CLIENTS: Readonly<Record<string, object>> = {
  ACM: acm,
  ApplicationAutoScaling: applicationautoscaling,
  CloudWatch: cloudwatch,
  EC2: ec2,
  ECR: ecr,
  ECS: ecs,
  ELBv2: elbv2,
  EventBridge: events,
  IAM: iam,
  Logs: logs,
  SecretsManager: secretsmanager,
  SSM: ssm,
  STS: sts,
};
const operationsOf = (client: object) =>
  Object.keys(client).flatMap((name) =>
    /^[A-Z]\w+Command$/.test(name) ? [name.slice(0, -"Command".length)] : [],
  );

describe.each(services.map((service) => [service.name, service] as const))("%s", (name, service) => {
  const known = operationsOf(CLIENTS[name] ?? {}).sort();

  test("names every operation of the SDK once, as built or with the reason why not", async () => {
    const { operations, unsupported } = await service.load();
    expect([...Object.keys(operations), ...Object.keys(unsupported)].sort()).toEqual(known);
    for (const reason of Object.values(unsupported)) expect(reason).not.toBe("");
  });

  test("serves each operation under its own schema", async () => {
    const { operations } = await service.load();
    for (const [operation, { schema }] of Object.entries(operations)) {
      const expected = (CLIENTS[name] as Record<string, unknown>)[`${operation}$`];
      expect([operation, schema === expected]).toEqual([operation, true]);
    }
  });
});
