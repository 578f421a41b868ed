/** Calls the stack's API as an AWS client would, signed, without the weight of the SDK; bootstrap and the demo call this. */
import { signV4 } from "@roadstead/aws-protocol/sign-v4";
import type { ExportedKey } from "./exports.ts";
import { Failure } from "./failure.ts";

const TARGET_PREFIX = "AmazonEC2ContainerServiceV20141113";
const TIMEOUT_MS = 30_000;

export interface ApiAccess {
  readonly url: string;
  readonly region: string;
  readonly key: ExportedKey;
}

export async function callEcs<Answer>(access: ApiAccess, operation: string, input: unknown): Promise<Answer> {
  const body = JSON.stringify(input);
  const url = new URL(access.url).href;
  const { host, ...headers } = signV4({
    method: "POST",
    url,
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `${TARGET_PREFIX}.${operation}`,
    },
    body,
    region: access.region,
    service: "ecs",
    credentials: { accessKeyId: access.key.accessKeyId, secretAccessKey: access.key.secretAccessKey },
    now: new Date(),
  });
  const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await answer.text();
  if (!answer.ok) throw new Failure(`${operation} was refused (${answer.status}): ${text}`);
  return JSON.parse(text) as Answer;
}
