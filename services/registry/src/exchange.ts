/** One request and its answer; handlers read and answer through this. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Actor } from "@roadstead/access/authorize";
import type { RegistryRepository } from "@roadstead/db/manifests";
import type { RequestBody } from "./blob-uploads.ts";
import { bodyChunks } from "./body-chunks.ts";
import type { RegistryError } from "./registry-error.ts";

export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Bytes of an unread body that are worth reading to keep the connection. */
const DRAIN_BYTES_MAX = 1024 * 1024;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly actor: Actor;
  readonly now: Date;
}

/** An exchange about a repository that exists, and that the caller may do this to. */
export interface RepositoryExchange extends Exchange {
  readonly repository: RegistryRepository;
  /** The repository as the client calls it; answers' paths are made of it. */
  readonly path: string;
}

export function answer(response: ServerResponse, status: number, headers: Headers = {}): void {
  response.writeHead(status, { "content-length": "0", ...asSent(headers) });
  response.end();
}

export function answerBytes(
  { request, response }: Pick<Exchange, "request" | "response">,
  status: number,
  body: { readonly bytes: Buffer; readonly headers: Headers },
): void {
  response.writeHead(status, { ...asSent(body.headers), "content-length": String(body.bytes.length) });
  response.end(request.method === "HEAD" ? undefined : body.bytes);
}

export const answerJson = (
  exchange: Pick<Exchange, "request" | "response">,
  status: number,
  value: unknown,
  headers: Headers = {},
): void =>
  answerBytes(exchange, status, {
    bytes: Buffer.from(JSON.stringify(value)),
    headers: { "content-type": "application/json", ...headers },
  });

/** Nothing is held in memory; a client that reads slowly slows the store down. */
export async function answerStream(
  response: ServerResponse,
  status: number,
  body: { readonly source: Readable; readonly headers: Headers },
): Promise<void> {
  response.writeHead(status, asSent(body.headers));
  await pipeline(body.source, response);
}

export function answerError(exchange: Pick<Exchange, "request" | "response">, error: RegistryError): void {
  const { status, code, message, detail, headers } = error;
  const body = { errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] };
  answerJson(exchange, status, body, { ...headers, ...closing(exchange.request) });
}

/** A refused body is not read to its end: the connection ends with the answer, unless what is left is small. */
export function closing(request: IncomingMessage): Headers {
  if (request.complete) return {};
  const left = Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY);
  const hasBody = request.headers["transfer-encoding"] !== undefined || left !== Number.POSITIVE_INFINITY;
  return hasBody && left > DRAIN_BYTES_MAX ? { connection: "close" } : {};
}

const asSent = (headers: Headers) => headers as Record<string, string | string[]>;

const expectsContinue = ({ headers }: IncomingMessage) => headers.expect?.toLowerCase() === "100-continue";

/** The bytes as they come. A client that waits for our word gets it when somebody begins to read. */
export function bodyOf({ request, response }: Pick<Exchange, "request" | "response">): RequestBody {
  return {
    chunks: {
      [Symbol.asyncIterator]() {
        if (expectsContinue(request)) response.writeContinue();
        return bodyChunks(request)[Symbol.asyncIterator]();
      },
    },
    cut: (reason) => void request.destroy(reason),
  };
}

/** Whether the request carries anything: the request that ends an upload usually does not. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** All of a body that may be at most so long; null when it is longer. */
export async function readBody(
  exchange: Pick<Exchange, "request" | "response">,
  bytesMax: number,
): Promise<Buffer | null> {
  if (Number(exchange.request.headers["content-length"] ?? 0) > bytesMax) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyOf(exchange).chunks) {
    size += chunk.length;
    if (size > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
