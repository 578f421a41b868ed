/**
 * Extracts lengths, ranges, patterns and enumerations from the installed botocore into committed tables, since
 * the SDK's schemas do not carry them: `node tools/constraints/extract.ts`. BOTOCORE_DATA overrides its place.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
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
import { operations as cloudwatchOperations } from "@roadstead/api/cloudwatch/operations";
import { operations as ec2Operations } from "@roadstead/api/ec2/operations";
import { operations as ssmOperations } from "@roadstead/api/ssm/operations";
import { type BotocoreModel, constraintsOf } from "./constraints-of.ts";

const CLIENTS = {
  acm,
  "application-autoscaling": autoscaling,
  cloudwatch,
  ec2,
  ecr,
  ecs,
  elbv2,
  events,
  iam,
  logs,
  secretsmanager,
  ssm,
  sts,
} as const;
const OUTPUT = new URL("../../packages/aws-protocol/src/generated/", import.meta.url).pathname;

function botocoreData(): string {
  if (process.env.BOTOCORE_DATA) return process.env.BOTOCORE_DATA;
  const where = "import botocore, os; print(os.path.join(os.path.dirname(botocore.__file__), 'data'))";
  return execFileSync("python3", ["-c", where], { encoding: "utf8" }).trim();
}

function readModel(service: string): BotocoreModel {
  const folder = join(botocoreData(), service);
  const version = readdirSync(folder).sort().at(-1) ?? "";
  const path = join(folder, version, "service-2.json");
  const text = existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`));
  return JSON.parse(text.toString("utf8")) as BotocoreModel;
}

/** The installed model may be older than the pinned SDK: a value only the SDK has is no mistake of the caller. */
function withSdkEnums(model: BotocoreModel, client: object): BotocoreModel {
  const exported = new Map<string, unknown>(Object.entries(client));
  const shapes = Object.entries(model.shapes).map(([name, shape]) => {
    const known = exported.get(name);
    if (!shape.enum || typeof known !== "object" || known === null) return [name, shape] as const;
    return [name, { ...shape, enum: [...new Set([...shape.enum, ...Object.values(known)])] }] as const;
  });
  return { ...model, shapes: Object.fromEntries(shapes) };
}

/** Tables of these would be larger than all others together: they hold what the operations that are built need. */
const BUILT: Readonly<Record<string, object>> = {
  cloudwatch: cloudwatchOperations,
  ec2: ec2Operations,
  ssm: ssmOperations,
};

function withoutUnbuilt(model: BotocoreModel, built: object | undefined): BotocoreModel {
  if (!built) return model;
  const kept = Object.entries(model.operations).filter(([name]) => Object.hasOwn(built, name));
  return { ...model, operations: Object.fromEntries(kept) };
}

for (const [service, client] of Object.entries(CLIENTS)) {
  const { constraints, skippedPatterns } = constraintsOf(
    withoutUnbuilt(withSdkEnums(readModel(service), client), BUILT[service]),
  );
  const file = join(OUTPUT, `constraints-${service}.json`);
  writeFileSync(file, `${JSON.stringify(constraints)}\n`);
  const shapes = Object.keys(constraints.shapes).length;
  process.stdout.write(`${service}: ${shapes} shapes, ${skippedPatterns.length} patterns skipped\n`);
  for (const pattern of skippedPatterns) process.stdout.write(`  not usable here: ${pattern}\n`);
}
