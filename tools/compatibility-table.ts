/** Writes docs/compatibility.md: each AWS operation of the pinned SDK, and whether it is built. Run by hand; a test holds it current. */
import { writeFileSync } from "node:fs";
import * as acm from "@aws-sdk/client-acm";
import * as autoscaling from "@aws-sdk/client-application-auto-scaling";
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
import { operations as acmOperations } from "@roadstead/api/acm/operations";
import { partly as acmPartly } from "@roadstead/api/acm/partly";
import { unsupported as acmUnsupported } from "@roadstead/api/acm/unsupported";
import { operations as autoscalingOperations } from "@roadstead/api/applicationautoscaling/operations";
import { partly as autoscalingPartly } from "@roadstead/api/applicationautoscaling/partly";
import { unsupported as autoscalingUnsupported } from "@roadstead/api/applicationautoscaling/unsupported";
import { operations as cloudwatchOperations } from "@roadstead/api/cloudwatch/operations";
import { partly as cloudwatchPartly } from "@roadstead/api/cloudwatch/partly";
import { unsupported as cloudwatchUnsupported } from "@roadstead/api/cloudwatch/unsupported";
import { operations as ec2Operations } from "@roadstead/api/ec2/operations";
import { partly as ec2Partly } from "@roadstead/api/ec2/partly";
import { unsupported as ec2Unsupported } from "@roadstead/api/ec2/unsupported";
import { operations as ecrOperations } from "@roadstead/api/ecr/operations";
import { partly as ecrPartly } from "@roadstead/api/ecr/partly";
import { unsupported as ecrUnsupported } from "@roadstead/api/ecr/unsupported";
import { operations as ecsOperations } from "@roadstead/api/ecs/operations";
import { partly as ecsPartly } from "@roadstead/api/ecs/partly";
import { unsupported as ecsUnsupported } from "@roadstead/api/ecs/unsupported";
import { operations as elbv2Operations } from "@roadstead/api/elbv2/operations";
import { partly as elbv2Partly } from "@roadstead/api/elbv2/partly";
import { unsupported as elbv2Unsupported } from "@roadstead/api/elbv2/unsupported";
import { operations as eventsOperations } from "@roadstead/api/events/operations";
import { partly as eventsPartly } from "@roadstead/api/events/partly";
import { unsupported as eventsUnsupported } from "@roadstead/api/events/unsupported";
import { operations as iamOperations } from "@roadstead/api/iam/operations";
import { partly as iamPartly } from "@roadstead/api/iam/partly";
import { unsupported as iamUnsupported } from "@roadstead/api/iam/unsupported";
import { operations as logsOperations } from "@roadstead/api/logs/operations";
import { partly as logsPartly } from "@roadstead/api/logs/partly";
import { unsupported as logsUnsupported } from "@roadstead/api/logs/unsupported";
import { operations as secretsmanagerOperations } from "@roadstead/api/secretsmanager/operations";
import { partly as secretsmanagerPartly } from "@roadstead/api/secretsmanager/partly";
import { unsupported as secretsmanagerUnsupported } from "@roadstead/api/secretsmanager/unsupported";
import { operations as ssmOperations } from "@roadstead/api/ssm/operations";
import { partly as ssmPartly } from "@roadstead/api/ssm/partly";
import { unsupported as ssmUnsupported } from "@roadstead/api/ssm/unsupported";
import { operations as stsOperations } from "@roadstead/api/sts/operations";
import { partly as stsPartly } from "@roadstead/api/sts/partly";
import { unsupported as stsUnsupported } from "@roadstead/api/sts/unsupported";

export type ServiceTable = {
  readonly service: string;
  readonly names: readonly string[];
  readonly supported: readonly string[];
  readonly unsupported: Readonly<Record<string, string>>;
  /** What a built operation does not do. */
  readonly partly?: Readonly<Record<string, string>>;
};

export const COMPATIBILITY_FILE = new URL("../docs/compatibility.md", import.meta.url);

/** The operations an SDK client can call: its exports that end in `Command`. */
export function operationNames(client: object): string[] {
  return Object.keys(client)
    .filter((name) => name.endsWith("Command") && name !== "$Command")
    .map((name) => name.slice(0, -"Command".length))
    .sort();
}

/** What is wrong with a table: operations standing in neither or both lists, and names AWS does not have. */
export function tableProblems(table: ServiceTable): string[] {
  const { service, names, supported, unsupported, partly = {} } = table;
  const known = new Set(names);
  const built = new Set(supported);
  const refused = new Set(Object.keys(unsupported));
  const problems = [...built, ...refused]
    .filter((name) => !known.has(name))
    .map((name) => `${name} is no operation`);
  for (const name of Object.keys(partly)) {
    if (!built.has(name)) problems.push(`${name} is partly built but not built`);
  }
  for (const name of names) {
    if (built.has(name) && refused.has(name)) problems.push(`${name} is both built and unsupported`);
    if (!built.has(name) && !refused.has(name)) problems.push(`${name} is neither built nor unsupported`);
  }
  return problems.map((problem) => `${service}: ${problem}`);
}

/** The page, from the tables alone. */
export function renderCompatibility(tables: readonly ServiceTable[]): string {
  const sections = tables.map(({ service, names, supported, unsupported, partly = {} }) => {
    const built = new Set(supported);
    const yes = (name: string) => (partly[name] ? `yes, but ${partly[name]}` : "yes");
    const rows = names.map(
      (name) => `| ${name} | ${built.has(name) ? yes(name) : (unsupported[name] ?? "")} |`,
    );
    return [
      `## ${service}`,
      "",
      `${built.size} of ${names.length} operations.`,
      "",
      "| operation | built |",
      "| --- | --- |",
      ...rows,
    ].join("\n");
  });
  return `${["# Compatibility", "Generated by `node tools/compatibility-table.ts`. An operation that is not built answers a non-retryable error.", ...sections].join("\n\n")}\n`;
}

export const TABLES: readonly ServiceTable[] = [
  {
    service: "ACM",
    names: operationNames(acm),
    supported: Object.keys(acmOperations),
    unsupported: acmUnsupported,
    partly: acmPartly,
  },
  {
    service: "Application Auto Scaling",
    names: operationNames(autoscaling),
    supported: Object.keys(autoscalingOperations),
    unsupported: autoscalingUnsupported,
    partly: autoscalingPartly,
  },
  {
    service: "CloudWatch",
    names: operationNames(cloudwatch),
    supported: Object.keys(cloudwatchOperations),
    unsupported: cloudwatchUnsupported,
    partly: cloudwatchPartly,
  },
  {
    service: "EC2",
    names: operationNames(ec2),
    supported: Object.keys(ec2Operations),
    unsupported: ec2Unsupported,
    partly: ec2Partly,
  },
  {
    service: "ECR",
    names: operationNames(ecr),
    supported: Object.keys(ecrOperations),
    unsupported: ecrUnsupported,
    partly: ecrPartly,
  },
  {
    service: "ECS",
    names: operationNames(ecs),
    supported: Object.keys(ecsOperations),
    unsupported: ecsUnsupported,
    partly: ecsPartly,
  },
  {
    service: "ELBv2",
    names: operationNames(elbv2),
    supported: Object.keys(elbv2Operations),
    unsupported: elbv2Unsupported,
    partly: elbv2Partly,
  },
  {
    service: "EventBridge",
    names: operationNames(events),
    supported: Object.keys(eventsOperations),
    unsupported: eventsUnsupported,
    partly: eventsPartly,
  },
  {
    service: "IAM",
    names: operationNames(iam),
    supported: Object.keys(iamOperations),
    unsupported: iamUnsupported,
    partly: iamPartly,
  },
  {
    service: "CloudWatch Logs",
    names: operationNames(logs),
    supported: Object.keys(logsOperations),
    unsupported: logsUnsupported,
    partly: logsPartly,
  },
  {
    service: "Secrets Manager",
    names: operationNames(secretsmanager),
    supported: Object.keys(secretsmanagerOperations),
    unsupported: secretsmanagerUnsupported,
    partly: secretsmanagerPartly,
  },
  {
    service: "Systems Manager",
    names: operationNames(ssm),
    supported: Object.keys(ssmOperations),
    unsupported: ssmUnsupported,
    partly: ssmPartly,
  },
  {
    service: "STS",
    names: operationNames(sts),
    supported: Object.keys(stsOperations),
    unsupported: stsUnsupported,
    partly: stsPartly,
  },
];

if (import.meta.main) writeFileSync(COMPATIBILITY_FILE, renderCompatibility(TABLES));
