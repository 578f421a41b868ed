/** Calls the stack's API as an AWS client would, signed, without the weight of the SDK; bootstrap and the demo call this. */
// SIGN
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
  const url = new URL(access.url);
  const body = Buffer.from(JSON.stringify(input));
  const { signV4 } = await import("@roadstead/aws-protocol/sign-v4");
  const headers = signV4({
    method: "POST",
    path: url.pathname,
    headers: {
      host: url.host,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `${TARGET_PREFIX}.${operation}`,
    },
    body,
    region: access.region,
    service: "ecs",
    accessKeyId: access.key.accessKeyId,
    secretAccessKey: access.key.secretAccessKey,
    now: new Date(),
  });
  const answer = await fetch(url, {
    method: "POST",
    headers,
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Failure(`${operation} was refused (${answer.status}): ${text}`);
  return JSON.parse(text) as Answer;
}
