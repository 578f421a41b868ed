/** One call to the Docker Engine API with a bound, and its failure as a `RuntimeError`; the Docker runtime alone uses it. */
import type { IncomingMessage } from "node:http";
import type Docker from "dockerode";
import { RuntimeError, type RuntimeErrorKind } from "../errors.ts";

export interface EngineRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** A tar archive in the body's place. */
  readonly archive?: Uint8Array;
  readonly auth?: Readonly<Record<string, string>>;
  /** Statuses that are no failure. */
  readonly accept: readonly number[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

interface EngineFailure extends Error {
  readonly statusCode?: number;
  readonly json?: unknown;
  readonly code?: string;
}

/** The answer's document; an empty buffer when it has none. */
export async function callEngine(docker: Docker, request: EngineRequest): Promise<unknown> {
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
  try {
    return await dial(docker, { ...request, signal }, false);
  } catch (error) {
    throw engineError(error as EngineFailure, request, timeout);
  }
}

/** The answer as a stream. The bound covers its head; the given signal ends its body. */
export async function streamEngine(docker: Docker, request: EngineRequest): Promise<IncomingMessage> {
  const head = new AbortController();
  const timer = setTimeout(() => head.abort(), request.timeoutMs);
  const signal = request.signal ? AbortSignal.any([head.signal, request.signal]) : head.signal;
  try {
    return (await dial(docker, { ...request, signal }, true)) as IncomingMessage;
  } catch (error) {
    throw engineError(error as EngineFailure, request, head.signal);
  } finally {
    clearTimeout(timer);
  }
}

function dial(docker: Docker, request: EngineRequest, isStream: boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        path: `${request.path}?`,
        method: request.method,
        options: { _query: request.query ?? {}, _body: request.body ?? {} },
        ...(request.archive ? { file: Buffer.from(request.archive) } : {}),
        ...(request.auth ? { authconfig: request.auth } : {}),
        ...(request.signal ? { abortSignal: request.signal } : {}),
        isStream,
        statusCodes: Object.fromEntries(request.accept.map((status) => [status, true])),
      },
      (error: Error | null, result: unknown) => (error ? reject(error) : resolve(result)),
    );
  });
}

function engineError(error: EngineFailure, request: EngineRequest, timeout: AbortSignal): RuntimeError {
  const options = { cause: error };
  if (error.statusCode === undefined) {
    if (timeout.aborted) {
      return new RuntimeError("Timeout", `no answer from the engine within ${request.timeoutMs} ms`, options);
    }
    return new RuntimeError("Unavailable", error.message, options);
  }
  const message = messageOf(error);
  return new RuntimeError(kindOf(error.statusCode, message, request.path), message, options);
}

function messageOf(error: EngineFailure): string {
  const message = (error.json as { readonly message?: unknown } | null | undefined)?.message;
  return typeof message === "string" && message !== "" ? message : error.message.trim();
}

const PORT_IN_USE = /port is already allocated|address already in use/i;

function kindOf(status: number, message: string, path: string): RuntimeErrorKind {
  if (PORT_IN_USE.test(message)) return "PortInUse";
  if (status === 404) {
    return path === "/containers/create" || path.startsWith("/images/") ? "ImageNotFound" : "NotFound";
  }
  if (status === 409) return "Conflict";
  if (status === 400) return "InvalidConfig";
  return "Engine";
}
