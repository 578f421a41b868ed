/**
 * Talks S3 to MinIO or what speaks like it. The `minio` package does the small calls; bytes are moved by Node's own client,
 * because a signature in the URL asks for no hash of the body. The object store and its uploads call it.
 */
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { ByteRange } from "./blob-store.ts";
import { BRIEF_PAUSES_MS, NO_PAUSES, PATIENT_PAUSES_MS, withAttempts } from "./s3-attempts.ts";
import { openBody, type S3Body } from "./s3-body.ts";
import { objectCalls, PartListingClient, partCalls } from "./s3-calls.ts";
import { exchange, textOf } from "./s3-exchange.ts";
import { createSigner } from "./s3-signature.ts";

const CONNECTIONS_MAX = 64;
const SIGNATURE_SECONDS = 900;
const SMALL_CALL_TIMEOUT_MS = 15_000;
const BODY_TIMEOUT_MS = 60_000;
const PING_TIMEOUT_MS = 2_000;

export interface S3Settings {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface PartOfUpload {
  readonly uploadId: string;
  readonly number: number;
}

export type S3Connection = ReturnType<typeof connectS3>;

export function connectS3(settings: S3Settings) {
  const url = new URL(settings.endpoint);
  const secure = url.protocol === "https:";
  const agentOptions = { keepAlive: true, maxSockets: CONNECTIONS_MAX, noDelay: true };
  const agent = secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
  const { bucket } = settings;
  const client = new PartListingClient({
    endPoint: url.hostname,
    port: Number(url.port) || (secure ? 443 : 80),
    useSSL: secure,
    accessKey: settings.accessKey,
    secretKey: settings.secretKey,
    region: settings.region,
    pathStyle: true,
    transport: timedTransport(secure),
    transportAgent: agent,
    retryOptions: { disableRetry: true },
  });
  const sign = createSigner({ ...settings, endpoint: url, validSeconds: SIGNATURE_SECONDS });
  const named = { client, name: bucket, region: settings.region };
  return {
    ...partCalls(named),
    ...objectCalls(named),
    /** Stores `body` as an object, or as a part of an upload; answers its entity tag. */
    put: (key: string, body: Uint8Array, part?: PartOfUpload): Promise<string> =>
      withAttempts(PATIENT_PAUSES_MS, async () => {
        const query = part && { partNumber: String(part.number), uploadId: part.uploadId };
        const response = await exchange(sign("PUT", key, query), {
          method: "PUT",
          agent,
          headers: { "content-length": body.byteLength },
          body,
          timeoutMs: BODY_TIMEOUT_MS,
        });
        const { etag } = response.headers;
        await textOf(response);
        if (etag === undefined) throw new Error("a part was stored without an entity tag");
        return etag;
      }),
    /** The head of the answer has come, its body is still to be read. */
    get: (key: string, range?: ByteRange): Promise<S3Body> =>
      withAttempts(BRIEF_PAUSES_MS, async () => {
        const headers = range ? { range: `bytes=${range.start}-${range.end}` } : {};
        const asked = { headers, timeoutMs: SMALL_CALL_TIMEOUT_MS };
        if (!secure) return openBody(sign("GET", key), asked);
        const stream = await exchange(sign("GET", key), { method: "GET", agent, ...asked });
        return { stream, etag: stream.headers.etag, bytesRead: () => stream.socket.bytesRead };
      }),
    ping: () =>
      withAttempts(NO_PAUSES, async () => {
        const options = { method: "HEAD", agent, timeoutMs: PING_TIMEOUT_MS } as const;
        await textOf(await exchange(sign("HEAD", ""), options));
      }),
    close: () => agent.destroy(),
  };
}

/** The package waits for ever; this ends a call, its answer included, after a while. */
function timedTransport(secure: boolean) {
  const client = secure ? https : http;
  const request = (options: http.RequestOptions, listener?: (response: IncomingMessage) => void) =>
    client.request({ ...options, signal: AbortSignal.timeout(SMALL_CALL_TIMEOUT_MS) }, listener);
  return { request: request as typeof http.request };
}
