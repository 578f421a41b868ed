/** Calls the few ECS operations an agent needs, signed with its key; registration, discovery and the reporter use it. */
import { type Credentials, signV4 } from "@roadstead/aws-protocol/sign-v4";

const TARGET = "AmazonEC2ContainerServiceV20141113";
const TIMEOUT_MS = 15_000;

export interface EcsClientOptions {
  readonly url: string;
  readonly region: string;
  readonly credentials: Credentials;
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

export function createEcsClient({ url, region, credentials }: EcsClientOptions): EcsClient {
  const endpoint = new URL("/", url).href;
  return {
    async call(operation, input, signal) {
      const body = JSON.stringify(input);
      const { host: _host, ...headers } = signV4({
        method: "POST",
        url: endpoint,
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `${TARGET}.${operation}` },
        body,
        region,
        service: "ecs",
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
