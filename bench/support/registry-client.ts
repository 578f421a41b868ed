/** Pushes and pulls blobs and manifests over plain HTTP, as `docker` does; the same client for every registry that is measured. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";

const READ_BYTES = 1024 * 1024;
const TIMEOUT_MS = 120_000;
const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";

export interface Blob {
  readonly file: string;
  readonly size: number;
  readonly digest: string;
}

export interface RegistryClient {
  /** POST, PATCH with everything, PUT with the digest: what `docker push` sends for a layer. */
  pushBlob(repository: string, blob: Blob): Promise<void>;
  /** Reads to the end and keeps nothing; throws when the length is another. */
  pullBlob(repository: string, blob: Blob): Promise<void>;
  pushManifest(repository: string, tag: string, layers: readonly Blob[]): Promise<void>;
  getManifest(repository: string, tag: string): Promise<void>;
  close(): void;
}

export function createRegistryClient(base: string, authorization: string | null): RegistryClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const headers = authorization === null ? {} : { authorization };
  const call = (method: string, path: string, body: Body = null): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const url = new URL(path, base);
      const options = { agent, method, timeout: TIMEOUT_MS, headers: { ...headers, ...body?.headers } };
      const sent = request(url, options, resolve);
      sent.on("error", reject);
      sent.on("timeout", () => sent.destroy(new Error(`${method} ${path} got no answer`)));
      if (body?.file) createReadStream(body.file, { highWaterMark: READ_BYTES }).pipe(sent);
      else sent.end(body?.text ?? "");
    });
  const expecting = async (status: number, method: string, path: string, body: Body = null) => {
    const answer = await call(method, path, body);
    const { length, text } = await drain(answer);
    if (answer.statusCode !== status) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return { headers: answer.headers, length };
  };
  return {
    async pushBlob(repository, { file, size, digest }) {
      const opened = await expecting(202, "POST", `/v2/${repository}/blobs/uploads/`);
      const type = { "content-type": "application/octet-stream", "content-length": String(size) };
      const sent = await expecting(202, "PATCH", opened.headers.location ?? "", { file, headers: type });
      const done = new URL(sent.headers.location ?? "", base);
      done.searchParams.set("digest", digest);
      await expecting(201, "PUT", done.href);
    },
    async pullBlob(repository, { size, digest }) {
      const { length } = await expecting(200, "GET", `/v2/${repository}/blobs/${digest}`);
      if (length !== size) throw new Error(`${digest} came with ${length} bytes of ${size}`);
    },
    async pushManifest(repository, tag, layers) {
      const [config] = layers;
      if (!config) throw new Error("an image has a configuration");
      const describe = ({ size, digest }: Blob, mediaType: string) => ({ mediaType, size, digest });
      const text = JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config: describe(config, "application/vnd.docker.container.image.v1+json"),
        layers: layers.map((blob) => describe(blob, "application/vnd.docker.image.rootfs.diff.tar.gzip")),
      });
      const type = { "content-type": MANIFEST_TYPE, "content-length": String(Buffer.byteLength(text)) };
      await expecting(201, "PUT", `/v2/${repository}/manifests/${tag}`, { text, headers: type });
    },
    async getManifest(repository, tag) {
      await expecting(200, "GET", `/v2/${repository}/manifests/${tag}`, {
        headers: { accept: MANIFEST_TYPE },
      });
    },
    close: () => agent.destroy(),
  };
}

type Body = {
  readonly file?: string;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
} | null;

const ERROR_BYTES_MAX = 2_000;

async function drain(answer: IncomingMessage): Promise<{ readonly length: number; readonly text: string }> {
  let length = 0;
  let text = "";
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (text.length < ERROR_BYTES_MAX && answer.statusCode !== 200) text += chunk.toString("utf8");
  }
  return { length, text };
}

export async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: READ_BYTES })) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}
