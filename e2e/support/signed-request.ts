/** Signs and sends raw HTTP requests, well- or ill-formed; a second implementation of SigV4 beside the one under test. */
import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "./account.ts";

export const ECS_TARGET = "AmazonEC2ContainerServiceV20141113";
const JSON_TYPE = "application/x-amz-json-1.1";

export interface RawRequest {
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** `X-Amz-Target` in full; absent for query requests. */
  readonly target?: string;
  readonly region?: string;
  readonly service?: string;
  readonly contentType?: string;
  readonly at?: Date;
}

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
  readonly requestId: string | null;
  /** The error code, from either protocol; null on success. */
  readonly code: string | null;
}

export interface SignedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

export const ecsCall = (operation: string, body: RawRequest["body"]) => ({
  target: `${ECS_TARGET}.${operation}`,
  body,
});

export const sendSigned = (request: RawRequest): Promise<RawAnswer> => sendRaw(signRequest(request));

export async function sendRaw({ url, headers, body }: SignedRequest): Promise<RawAnswer> {
  const answer = await fetch(url, { method: "POST", headers, body });
  const text = await answer.text();
  return {
    status: answer.status,
    body: text,
    requestId: answer.headers.get("x-amzn-requestid"),
    code: answer.ok ? null : errorCode(text),
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function signRequest(request: RawRequest): SignedRequest {
  const { credentials, region = "us-east-1", service = "ecs", body } = request;
  const url = new URL("/", request.endpoint);
  const timestamp = (request.at ?? new Date()).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const headers: Record<string, string> = {
    "content-type": request.contentType ?? JSON_TYPE,
    host: url.host,
    "x-amz-date": timestamp,
    ...(request.target === undefined ? {} : { "x-amz-target": request.target }),
  };
  const names = Object.keys(headers).sort();
  const canonicalHeaders = names.map((name) => `${name}:${headers[name]}\n`).join("");
  const canonical = ["POST", "/", "", canonicalHeaders, names.join(";"), sha256(body)].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", timestamp, scope, sha256(canonical)].join("\n");
  const key = [timestamp.slice(0, 8), region, service, "aws4_request"].reduce<string | Buffer>(
    (last, part) => hmac(last, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = hmac(key, toSign).toString("hex");
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { url: url.href, headers, body };
}

const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

function errorCode(body: string): string | null {
  const xml = /<Code>([^<]+)<\/Code>/.exec(body)?.[1];
  if (xml) return xml;
  try {
    const parsed = JSON.parse(body) as { readonly __type?: string };
    return parsed.__type?.split("#").at(-1)?.split(":")[0] ?? null;
  } catch {
    return null;
  }
}
