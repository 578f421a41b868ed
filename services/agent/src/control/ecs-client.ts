/** Calls the few operations of AWS services that an agent needs, signed with a key; registration, the reporter, pulls, logs and secrets use it. */
import { type Credentials, signV4 } from "@roadstead/aws-protocol/sign-v4";

interface Api {
  readonly signingName: string;
  readonly target: string;
}

const ECS: Api = { signingName: "ecs", target: "AmazonEC2ContainerServiceV20141113" };
export const ECR: Api = { signingName: "ecr", target: "AmazonEC2ContainerRegistry_V20150921" };
export const LOGS: Api = { signingName: "logs", target: "Logs_20140328" };
export const SECRETS: Api = { signingName: "secretsmanager", target: "secretsmanager" };
export const SSM: Api = { signingName: "ssm", target: "AmazonSSM" };
const TIMEOUT_MS = 15_000;

export interface EcsClientOptions {
  readonly url: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly api?: Api;
}

/** The control plane answered with an error; a network failure is any other error. */
export class EcsError extends Error {
  readonly code: string;
  readonly httpStatus: number;

  constructor(code: string, httpStatus: number, message: string) {
    super(`${code}: ${message}`);
    this.name = "EcsError";
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

export interface EcsClient {
  call(operation: string, input: object, signal?: AbortSignal): Promise<unknown>;
}

export function createEcsClient({ url, region, credentials, api = ECS }: EcsClientOptions): EcsClient {
  const endpoint = new URL("/", url).href;
  return {
    async call(operation, input, signal) {
      const body = JSON.stringify(input);
      const { host: _host, ...headers } = signV4({
        method: "POST",
        url: endpoint,
        headers: {
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": `${api.target}.${operation}`,
        },
        body,
        region,
        service: api.signingName,
        credentials,
        now: new Date(),
      });
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(endpoint, {
        method: "POST",
        headers,
        body,
        signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
      });
      const text = await response.text();
      if (response.ok) return text === "" ? {} : (JSON.parse(text) as unknown);
      throw readError(response.status, text);
    },
  };
}

function readError(status: number, text: string): EcsError {
  try {
    const document = JSON.parse(text) as { __type?: string; message?: string; Message?: string };
    const code = document.__type?.split("#").at(-1)?.split(":")[0] ?? "UnknownError";
    return new EcsError(code, status, document.message ?? document.Message ?? "");
  } catch {
    return new EcsError("UnknownError", status, text.slice(0, 200));
  }
}
