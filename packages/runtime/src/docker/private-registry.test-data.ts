/** A registry of one tiny image behind a login, on this machine's loopback, which Docker trusts. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { PrivateImage } from "../contract-subject.ts";

const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const TAG = "1";
const sha256 = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** An image of one layer without files; the mark makes it a new one. */
function aTinyImage(mark: string) {
  const tar = Buffer.alloc(1_024);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: { Labels: { mark } },
      rootfs: { type: "layers", diff_ids: [sha256(tar)] },
    }),
  );
  const describe = (mediaType: string, bytes: Uint8Array) => ({
    mediaType,
    size: bytes.length,
    digest: sha256(bytes),
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: describe("application/vnd.docker.container.image.v1+json", config),
      layers: [describe("application/vnd.docker.image.rootfs.diff.tar.gzip", layer)],
    }),
  );
  return { manifest, blobs: [config, layer] };
}

export async function openPrivateRegistry(): Promise<PrivateImage & { readonly close: () => Promise<void> }> {
  const username = "AWS";
  const password = "let-me-in";
  const { manifest, blobs } = aTinyImage(`${process.pid}`);
  const digest = sha256(manifest);
  const found = new Map<string, readonly [type: string, bytes: Uint8Array]>([
    ["/v2/", ["application/json", Buffer.from("{}")]],
    [`/v2/team/web/manifests/${TAG}`, [MANIFEST, manifest]],
    [`/v2/team/web/manifests/${digest}`, [MANIFEST, manifest]],
    ...blobs.map(
      (blob) =>
        [`/v2/team/web/blobs/${sha256(blob)}`, ["application/octet-stream", blob]] as const satisfies [
          string,
          readonly [string, Uint8Array],
        ],
    ),
  ]);
  const allowed = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const server = createServer((request, response) => {
    const answer = found.get(request.url ?? "");
    if (request.headers.authorization !== allowed) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end("Not Authorized");
    } else if (!answer) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "no such image" }] }));
    } else {
      const [type, bytes] = answer;
      const headers = { "content-type": type, "content-length": bytes.length };
      response.writeHead(200, { ...headers, "docker-content-digest": sha256(bytes) });
      response.end(request.method === "HEAD" ? undefined : bytes);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    repository: `${host}/team/web`,
    tag: TAG,
    digest,
    login: { username, password, serverAddress: host },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
