/** The envelope of both sockets and the signed way in; the ACS and TCS clients use it. */
import { type Credentials, signV4 } from "@roadstead/aws-protocol/sign-v4";
import { WebSocket } from "ws";

export interface Envelope {
  readonly type: string;
  readonly message: Readonly<Record<string, unknown>>;
}

export interface SocketOptions {
  /** Base as discovered; `ws` is appended to its path. */
  readonly endpoint: string;
  readonly query: Readonly<Record<string, string>>;
  readonly region: string;
  readonly credentials: Credentials;
}

const HANDSHAKE_TIMEOUT_MS = 30_000;
const MESSAGE_MAX_BYTES = 16 * 1_024 * 1_024;
const REFUSAL_MAX_BYTES = 1_024;

/** The upgrade was refused. `type` is the exception's name when the answer has one. */
export class RefusedError extends Error {
  readonly type: string | null;

  constructor(status: number, body: string) {
    super(`the upgrade was refused with status ${status}: ${body}`);
    this.name = "RefusedError";
    this.type = refusalType(body);
  }
}

export function socketUrl(endpoint: string, query: Readonly<Record<string, string>>): URL {
  const url = new URL(`${endpoint.replace(/\/$/, "")}/ws`);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Error(`unknown scheme ${url.protocol}`);
  url.search = new URLSearchParams(query).toString();
  return url;
}

/** Resolves once the socket is open; it is paused, and whoever listens resumes it. */
export function openSocket(options: SocketOptions, signal: AbortSignal): Promise<WebSocket> {
  const url = socketUrl(options.endpoint, options.query);
  const { host: _host, ...headers } = signV4({
    ...options,
    method: "GET",
    url: url.href,
    service: "ecs",
    now: new Date(),
  });
  const socket = new WebSocket(url.href.replace(/^http/, "ws"), {
    headers,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: MESSAGE_MAX_BYTES,
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    const abort = () => socket.terminate();
    signal.addEventListener("abort", abort, { once: true });
    socket.once("open", () => {
      signal.removeEventListener("abort", abort);
      // The first messages may have come with the handshake: they wait until someone listens.
      socket.pause();
      resolve(socket);
    });
    socket.on("error", reject);
    socket.once("unexpected-response", (request, response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        if (body.length < REFUSAL_MAX_BYTES) body += chunk.toString("utf8");
      });
      response.on("error", reject);
      response.on("end", () => {
        request.destroy();
        reject(new RefusedError(response.statusCode ?? 0, body.slice(0, REFUSAL_MAX_BYTES)));
      });
    });
  });
}

/** Null for what is no envelope. */
export function readEnvelope(data: Buffer | ArrayBuffer | Buffer[]): Envelope | null {
  try {
    const parsed = JSON.parse(String(data)) as { type?: unknown; message?: unknown };
    if (typeof parsed.type !== "string") return null;
    return { type: parsed.type, message: (parsed.message ?? {}) as Record<string, unknown> };
  } catch {
    return null;
  }
}

function refusalType(body: string): string | null {
  try {
    const parsed = JSON.parse(body) as Record<string, unknown>;
    if (typeof parsed.type === "string") return parsed.type;
    const keys = Object.keys(parsed);
    return keys.length === 1 ? (keys[0] ?? null) : null;
  } catch {
    return null;
  }
}
