/** Pushes small images over the distribution API with the password that ECR hands out, without any image tool. */
import { createHash, randomBytes } from "node:crypto";
import { type ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";

const REQUEST_TIMEOUT_MS = 30_000;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

export interface Pushed {
  readonly digest: string;
  readonly manifest: string;
  /** Bytes of its layer and configuration. */
  readonly size: number;
}

export type Push = (repositoryUri: string, tag: string) => Promise<Pushed>;

/** `push(repositoryUri, tag)` makes an image of random bytes and pushes it. */
export async function pusher(ecr: ECRClient): Promise<Push> {
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const { authorizationToken = "", proxyEndpoint = "" } = authorizationData?.[0] ?? {};
  const send = async (
    method: string,
    url: string,
    body: Buffer | string,
    type: string,
  ): Promise<Response> => {
    const headers = { authorization: `Basic ${authorizationToken}`, "content-type": type };
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const init = { method, headers, signal };
    const answer = await fetch(
      new URL(url, proxyEndpoint),
      method === "POST" ? init : { ...init, body: Buffer.from(body) },
    );
    if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  };
  return async (repositoryUri, tag) => {
    const base = `/v2/${repositoryUri.slice(repositoryUri.indexOf("/") + 1)}`;
    const blob = async (content: Buffer, mediaType: string) => {
      const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
      const opened = await send("POST", `${base}/blobs/uploads/`, "", "");
      const location = opened.headers.get("location") ?? "";
      const target = `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`;
      await send("PUT", target, content, "application/octet-stream");
      return { mediaType, digest, size: content.length };
    };
    const config = await blob(
      Buffer.from(
        JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } }),
      ),
      "application/vnd.oci.image.config.v1+json",
    );
    const layer = await blob(randomBytes(2_048), "application/vnd.oci.image.layer.v1.tar");
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] });
    const pushed = await send("PUT", `${base}/manifests/${tag}`, manifest, MANIFEST);
    const digest = pushed.headers.get("docker-content-digest") ?? "";
    return { digest, manifest, size: config.size + layer.size };
  };
}
