/** Pushes and pulls over plain HTTP, going on with what a fault broke off; push-images.ts works through it. */
import { setTimeout as delay } from "node:timers/promises";
import { type Blob, digestOf, MANIFEST_TYPE } from "./seeded-image.ts";
import { type Patience, stubbornly } from "./stubborn.ts";

const REQUEST_TIMEOUT_MS = 10_000;
/** A blob comes in pieces with a pause in between, so that faults find uploads half done. */
const PIECES = 3;
const PAUSE_MS = 30;

export interface Registry {
  /** `http://host:port` */
  readonly address: string;
  readonly authorization: string;
}

/** Carries the status, so that whoever asks stubbornly knows a refusal from a fault. */
class RegistryAnswer extends Error {
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(what: string, status: number, body: string) {
    super(`${what} was answered ${status} ${body.slice(0, 300)}`);
    this.$metadata = { httpStatusCode: status };
  }
}

async function ask(
  { address, authorization }: Registry,
  method: string,
  path: string,
  options: {
    readonly headers?: Record<string, string>;
    readonly body?: Buffer;
    readonly expect: readonly number[];
  },
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: Buffer }> {
  const answer = await fetch(new URL(path, address), {
    method,
    headers: { authorization, ...options.headers },
    ...(options.body ? { body: new Uint8Array(options.body) } : {}),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const body = Buffer.from(await answer.arrayBuffer());
  if (!options.expect.includes(answer.status))
    throw new RegistryAnswer(`${method} ${path}`, answer.status, body.toString());
  return { status: answer.status, headers: answer.headers, body };
}

/** Comes back when the registry has said that it has the blob. */
export async function pushBlob(
  registry: Registry,
  repository: string,
  blob: Blob,
  patience: Patience,
): Promise<void> {
  let upload: string | null = null;
  await stubbornly(`blob ${blob.digest} of ${repository}`, patience, async () => {
    const path = `/v2/${repository}/blobs/${blob.digest}`;
    const known = await ask(registry, "HEAD", path, { expect: [200, 404] });
    if (known.status === 200) return;
    const at = upload === null ? null : await received(registry, upload);
    if (upload === null || at === null) upload = await beginUpload(registry, repository);
    const gone = await sendFrom(registry, upload, blob, at ?? 0);
    if (gone) {
      upload = null;
      throw new Error("the upload is gone");
    }
  });
}

async function beginUpload(registry: Registry, repository: string): Promise<string> {
  const path = `/v2/${repository}/blobs/uploads/`;
  const { headers } = await ask(registry, "POST", path, { expect: [202] });
  return headers.get("location") ?? "";
}

/** How much of an upload has come; null when there is none of that name any more. */
async function received(registry: Registry, upload: string): Promise<number | null> {
  const { status, headers } = await ask(registry, "GET", upload, { expect: [204, 404] });
  if (status === 404) return null;
  const last = Number(headers.get("range")?.split("-")[1] ?? 0);
  // Nothing and one byte look the same, and no blob here is that small.
  return last === 0 ? 0 : last + 1;
}

/** Sends what is missing and completes; answers whether the upload was gone. A piece that is not where it belongs is a fault. */
async function sendFrom(registry: Registry, upload: string, blob: Blob, from: number): Promise<boolean> {
  const { bytes, digest } = blob;
  const step = Math.ceil(bytes.length / PIECES);
  let location = upload;
  for (let start = from; start < bytes.length; start += step) {
    const body = bytes.subarray(start, start + step);
    const range = `${start}-${start + body.length - 1}`;
    const { status, headers } = await ask(registry, "PATCH", location, {
      headers: { "content-type": "application/octet-stream", "content-range": range },
      body,
      expect: [202, 404],
    });
    if (status === 404) return true;
    location = headers.get("location") ?? location;
    await delay(PAUSE_MS);
  }
  const complete = new URL(location, registry.address);
  complete.searchParams.set("digest", digest);
  const { status } = await ask(registry, "PUT", complete.href, { expect: [201, 404] });
  return status === 404;
}

export const pushManifest = (
  registry: Registry,
  to: { readonly repository: string; readonly reference: string },
  manifest: Blob,
  patience: Patience,
): Promise<unknown> =>
  stubbornly(`manifest ${to.repository}:${to.reference}`, patience, () =>
    ask(registry, "PUT", `/v2/${to.repository}/manifests/${to.reference}`, {
      headers: { "content-type": MANIFEST_TYPE },
      body: manifest.bytes,
      expect: [201],
    }),
  );

/** The digest of the bytes that come. */
export async function pull(
  registry: Registry,
  kind: "blobs" | "manifests",
  repository: string,
  reference: string,
): Promise<string> {
  const { body } = await ask(registry, "GET", `/v2/${repository}/${kind}/${reference}`, {
    headers: { accept: MANIFEST_TYPE },
    expect: [200],
  });
  return digestOf(body);
}
