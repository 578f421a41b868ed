/** Calls the stack's API as an AWS client would, signed, without the weight of the SDK; bootstrap, the demo and `logs` call this. */
import { signV4 } from "@roadstead/aws-protocol/sign-v4";
import type { ExportedKey } from "./exports.ts";
import { Failure } from "./failure.ts";

const TARGET_PREFIXES = {
  ecs: "AmazonEC2ContainerServiceV20141113",
  ecr: "AmazonEC2ContainerRegistry_V20150921",
  logs: "Logs_20140328",
  acm: "CertificateManager",
  "application-autoscaling": "AnyScaleFrontendService",
  secretsmanager: "secretsmanager",
  ssm: "AmazonSSM",
} as const;
const TIMEOUT_MS = 30_000;

export interface ApiAccess {
  readonly url: string;
  readonly region: string;
  readonly key: ExportedKey;
}

export const callEcs = <Answer>(access: ApiAccess, operation: string, input: unknown): Promise<Answer> =>
  callJson(access, "ecs", { operation, input });

export const callEcr = <Answer>(access: ApiAccess, operation: string, input: unknown): Promise<Answer> =>
  callJson(access, "ecr", { operation, input });

export const callLogs = <Answer>(access: ApiAccess, operation: string, input: unknown): Promise<Answer> =>
  callJson(access, "logs", { operation, input });

export async function callJson<Answer>(
  access: ApiAccess,
  service: keyof typeof TARGET_PREFIXES,
  { operation, input }: { readonly operation: string; readonly input: unknown },
): Promise<Answer> {
  const text = await post(access, {
    service,
    operation,
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `${TARGET_PREFIXES[service]}.${operation}`,
    },
    body: JSON.stringify(input),
  });
  return JSON.parse(text || "{}") as Answer;
}

/** A signed request of any protocol; what is refused says so with AWS's words. */
export async function post(
  access: ApiAccess,
  request: {
    readonly service: string;
    readonly operation: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  },
): Promise<string> {
  const { service, operation, body } = request;
  const url = new URL(access.url).href;
  const { host, ...headers } = signV4({
    method: "POST",
    url,
    headers: request.headers,
    body,
    region: access.region,
    service,
    credentials: { accessKeyId: access.key.accessKeyId, secretAccessKey: access.key.secretAccessKey },
    now: new Date(),
  });
  const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await answer.text();
  if (!answer.ok) throw new Failure(`${operation} was refused (${answer.status}): ${text}`);
  return text;
}
