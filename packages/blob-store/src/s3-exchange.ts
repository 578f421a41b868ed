/** One HTTP request to an object store within a time limit; the connection sends its bytes with it. */
import http, { type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import https from "node:https";
import { S3Refusal } from "./s3-attempts.ts";

const REFUSAL_BYTES_MAX = 65_536;
const REFUSED_FROM = 300;

export interface ExchangeOptions {
  readonly method: "GET" | "HEAD" | "PUT";
  readonly agent: http.Agent;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array;
  /** Until the head of the answer. */
  readonly timeoutMs: number;
}

/** The head of a welcome answer, its body still to be read; an S3Refusal for any other. */
export async function exchange(url: string, options: ExchangeOptions): Promise<IncomingMessage> {
  const response = await send(url, options);
  const status = response.statusCode ?? 0;
  if (status < REFUSED_FROM) return response;
  throw refusal(status, await textOf(response));
}

function send(url: string, { method, agent, headers, body, timeoutMs }: ExchangeOptions) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const client = url.startsWith("https:") ? https : http;
    const request = client.request(url, { method, agent, ...(headers && { headers }) });
    const timer = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    request.once("response", (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    request.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end(body);
  });
}

/** Reads an answer that is expected to be small, so that its connection can be used again. */
export async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) {
    if (text.length < REFUSAL_BYTES_MAX) text += String(chunk);
  }
  return text;
}

/** An answer to HEAD has no body, and a proxy's is not XML: the status speaks then. */
export function refusal(status: number, body: string): S3Refusal {
  const code = /<Code>([^<]+)<\/Code>/.exec(body)?.[1] ?? codeOf(status);
  return new S3Refusal(code, /<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? `status ${status}`);
}

function codeOf(status: number): string {
  if (status === 404) return "NoSuchKey";
  if (status === 416) return "InvalidRange";
  return status >= 500 || status === 429 ? "ServiceUnavailable" : `Status${status}`;
}
