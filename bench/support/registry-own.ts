/** Brings up a private Roadstead for the registry benchmark, with a repository and a login. */
import { signV4 } from "@roadstead/aws-protocol/sign-v4";
import type { Endpoint } from "./ecs-client.ts";
import { benchedStack } from "./own-stack.ts";
import type { MeasuredRegistry, MinioForBench } from "./registry-peers.ts";

export const OWN_REGISTRY = "Roadstead";
const TARGET = "AmazonEC2ContainerRegistry_V20150921";
const TIMEOUT_MS = 30_000;

export async function startOwnRegistry(minio: MinioForBench | null): Promise<MeasuredRegistry> {
  const stack = await benchedStack([], minio ? storeOf(minio) : {});
  try {
    await callEcr(stack.endpoint, "CreateRepository", { repositoryName: "bench/image" });
    const answer = await callEcr<AuthorizationToken>(stack.endpoint, "GetAuthorizationToken", {});
    const [granted] = answer.authorizationData;
    const pid = stack.pids.get("registry");
    if (!granted || !pid) throw new Error("the stack has no registry");
    const stores = ["postgres", "redis"].flatMap((name) => stack.pids.get(name) ?? []);
    return {
      name: OWN_REGISTRY,
      store: minio ? "MinIO" : "disk",
      url: granted.proxyEndpoint,
      authorization: `Basic ${granted.authorizationToken}`,
      pid,
      pids: [pid, ...stores, ...(minio ? [minio.pid] : [])],
      stop: () => stack.close(),
    };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

interface AuthorizationToken {
  readonly authorizationData: readonly {
    readonly authorizationToken: string;
    readonly proxyEndpoint: string;
  }[];
}

const storeOf = ({ endpoint, accessKey, secretKey }: MinioForBench) => ({
  ROADSTEAD_BLOB_S3_ENDPOINT: endpoint,
  ROADSTEAD_BLOB_S3_BUCKET: "roadstead",
  ROADSTEAD_BLOB_S3_ACCESS_KEY: accessKey,
  ROADSTEAD_BLOB_S3_SECRET_KEY: secretKey,
});

async function callEcr<Output>(endpoint: Endpoint, operation: string, input: object): Promise<Output> {
  const { url, region, credentials } = endpoint;
  const body = JSON.stringify(input);
  const { host: _, ...headers } = signV4({
    method: "POST",
    url: `${url}/`,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `${TARGET}.${operation}` },
    body,
    region,
    service: "ecr",
    credentials,
    now: new Date(),
  });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await fetch(`${url}/`, { method: "POST", headers, body, signal });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${operation} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as Output;
}
