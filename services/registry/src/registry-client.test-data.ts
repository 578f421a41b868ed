/** A client of the distribution protocol that does nothing by itself: each request is the test's. */
import { createHash, randomBytes } from "node:crypto";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The first error's code, or an empty text. */
  readonly code: string;
  readonly message: string;
  json<T = unknown>(): T;
}

export interface Client {
  readonly base: string;
  readonly authorization: string;
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  /** POST and PUT. */
  pushBlob(repository: string, bytes: Uint8Array): Promise<string>;
  pushManifest(repository: string, reference: string, manifest: object | Uint8Array): Promise<Answer>;
  /** An image of one layer, pushed under a tag; what it consists of. */
  pushImage(repository: string, tag: string, layer?: Uint8Array): Promise<PushedImage>;
}

export interface SendOptions {
  readonly body?: Uint8Array | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface PushedImage {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly layer: string;
  readonly config: string;
}

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

export const digestOf = (bytes: Uint8Array, algorithm = "sha256") =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;

export const descriptor = (mediaType: string, digest: string, size: number) => ({ mediaType, digest, size });

export function createClient(port: number, password: string): Client {
  const base = `http://127.0.0.1:${port}`;
  const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}`;
  const send = async (method: string, path: string, options: SendOptions = {}): Promise<Answer> => {
    const { body, headers = {}, signal } = options;
    const response = await fetch(base + path, {
      method,
      redirect: "manual",
      headers: { authorization, ...headers },
      ...(body === undefined ? {} : { body, duplex: "half" as const }),
      ...(signal === undefined ? {} : { signal }),
    } as RequestInit);
    return answerOf(response);
  };
  const pushBlob = async (repository: string, bytes: Uint8Array) => {
    const begun = await send("POST", `/v2/${repository}/blobs/uploads/`);
    const digest = digestOf(bytes);
    const location = begun.headers.get("location") ?? "";
    const done = await send("PUT", `${location}?digest=${digest}`, { body: bytes });
    if (done.status !== 201) throw new Error(`push of a blob: ${done.status} ${done.bytes.toString()}`);
    return digest;
  };
  const pushManifest = (repository: string, reference: string, manifest: object | Uint8Array) => {
    const bytes = manifest instanceof Uint8Array ? manifest : Buffer.from(JSON.stringify(manifest));
    const { mediaType = OCI_MANIFEST } = JSON.parse(Buffer.from(bytes).toString()) as { mediaType?: string };
    return send("PUT", `/v2/${repository}/manifests/${reference}`, {
      body: bytes,
      headers: { "content-type": mediaType },
    });
  };
  return {
    base,
    authorization,
    send,
    pushBlob,
    pushManifest,
    async pushImage(repository, tag, layerBytes = randomBytes(64)) {
      const configBytes = Buffer.from(JSON.stringify({ architecture: "amd64", tag }));
      const layer = await pushBlob(repository, layerBytes);
      const config = await pushBlob(repository, configBytes);
      const bytes = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: OCI_MANIFEST,
          config: descriptor("application/vnd.oci.image.config.v1+json", config, configBytes.length),
          layers: [descriptor("application/vnd.oci.image.layer.v1.tar", layer, layerBytes.length)],
        }),
      );
      const put = await pushManifest(repository, tag, bytes);
      if (put.status !== 201) throw new Error(`push of an image: ${put.status} ${put.bytes.toString()}`);
      return { digest: digestOf(bytes), bytes, layer, config };
    },
  };
}

async function answerOf(response: Response): Promise<Answer> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  const [error] = isJson ? ((JSON.parse(bytes.toString() || "{}") as ErrorBody).errors ?? []) : [];
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    code: error?.code ?? "",
    message: error?.message ?? "",
    json: <T>() => JSON.parse(bytes.toString()) as T,
  };
}

interface ErrorBody {
  readonly errors?: readonly { readonly code: string; readonly message: string }[];
}
