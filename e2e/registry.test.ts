import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, createAccount } from "./support/account.ts";
import { type DockerCli, loggedIn } from "./support/docker-cli.ts";
import { IMAGE } from "./support/image.ts";
import { assertNoLeaks } from "./support/leaks.ts";
import { destroyStack, type Stack, startStack } from "./support/stack.ts";

const run = promisify(execFile);
const TOOL_TIMEOUT_MS = 120_000;
const RECOVERY = { timeout: 60_000, interval: 100 };

interface Registry {
  readonly authorization: string;
  readonly user: string;
  readonly base: string;
}

async function registryOf(account: Account): Promise<Registry> {
  const { authorizationData } = await account.ecr.send(new GetAuthorizationTokenCommand({}));
  const { authorizationToken = "", proxyEndpoint = "" } = authorizationData?.[0] ?? {};
  return {
    authorization: `Basic ${authorizationToken}`,
    user: Buffer.from(authorizationToken, "base64").toString(),
    base: proxyEndpoint,
  };
}

async function repository(account: Account, repositoryName: string): Promise<string> {
  const made = await account.ecr.send(new CreateRepositoryCommand({ repositoryName }));
  return made.repository?.repositoryUri ?? "";
}

describe("the registry", () => {
  let account: Account;
  let docker: DockerCli;
  let registry: Registry;
  const images: string[] = [];
  beforeAll(async () => {
    account = await createAccount();
    docker = await loggedIn(account);
    registry = await registryOf(account);
  });
  afterAll(async () => {
    for (const image of images) await docker.run("rmi", image).catch(() => undefined);
    await docker.close();
    await account.close();
  });

  test("takes an image that docker pushes and gives it back under the same digest", async () => {
    const uri = await repository(account, "team/docker");
    const image = `${uri}:v1`;
    images.push(image);
    await docker.run("tag", IMAGE, image);
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(await docker.run("push", image))?.[1];
    await docker.run("rmi", image);
    expect(await docker.run("pull", image)).toContain(`Digest: ${digest}`);
    const { imageDetails } = await account.ecr.send(
      new DescribeImagesCommand({ repositoryName: "team/docker" }),
    );
    expect(imageDetails).toMatchObject([{ imageDigest: digest, imageTags: ["v1"] }]);
  });

  test("refuses a push to a repository that nobody made, in ECR's words", async () => {
    const uri = (await repository(account, "made")).replace(/made$/, "unmade");
    const image = `${uri}:v1`;
    images.push(image);
    await docker.run("tag", IMAGE, image);
    await expect(docker.run("push", image)).rejects.toThrow(
      `The repository with name 'unmade' does not exist in the registry with id '${account.accountId}'`,
    );
  });

  const missing = onPath("skopeo") ? null : "skopeo is not on the PATH";
  if (missing) process.stderr.write(`skipping the tests with skopeo: ${missing}\n`);
  describe.skipIf(missing !== null)("with skopeo", () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "roadstead-skopeo-"));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));
    const skopeo = async (...args: readonly string[]) =>
      (await run("skopeo", [...args], { timeout: TOOL_TIMEOUT_MS })).stdout;
    const copy = (from: string, to: string) => {
      const [side] = from.startsWith("docker://") ? ["src"] : ["dest"];
      return skopeo("copy", "-q", `--${side}-tls-verify=false`, `--${side}-creds`, registry.user, from, to);
    };

    test("images leave as a folder, an OCI layout and an archive, and come back from each", async () => {
      const uri = await repository(account, "team/skopeo");
      const image = `docker://${uri}`;
      images.push(`${uri}:v1`);
      await docker.run("tag", IMAGE, `${uri}:v1`);
      await docker.run("push", `${uri}:v1`);
      const places = [
        `dir:${folder}/dir`,
        `oci:${folder}/oci:v1`,
        `docker-archive:${folder}/archive.tar:a/b:v1`,
      ];
      for (const place of places) await copy(`${image}:v1`, place);
      for (const place of places) await copy(place, `${image}:${place.split(":")[0]}`);
      const listed = await skopeo("list-tags", "--tls-verify=false", "--creds", registry.user, image);
      expect(JSON.parse(listed).Tags).toEqual(["dir", "docker-archive", "oci", "v1"]);
      await copy(`${image}:dir`, `dir:${folder}/again`);
      expect((await readdir(`${folder}/again`)).sort()).toEqual((await readdir(`${folder}/dir`)).sort());
      expect(await readFile(`${folder}/again/manifest.json`)).toEqual(
        await readFile(`${folder}/dir/manifest.json`),
      );
    });
  });
});

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

describe("a push during which the registry is killed", () => {
  let stack: Stack;
  let account: Account;
  beforeAll(async () => {
    stack = await startStack({ processes: "packed" });
    account = await createAccount({ stack });
  });
  afterAll(async () => {
    await account?.close();
    if (!stack) return;
    await destroyStack(stack);
    await assertNoLeaks(stack.dataDir);
  });

  test("goes on where it stood, and is pulled with its digest; a wrong digest is refused", async () => {
    const registry = await registryOf(account);
    const uri = await repository(account, "big");
    const path = `/v2${uri.slice(uri.indexOf("/"))}`;
    const send = (method: string, url: string, body?: Uint8Array, range?: string) =>
      fetch(new URL(url, registry.base), {
        method,
        headers: {
          authorization: registry.authorization,
          ...(range === undefined ? {} : { "content-range": range }),
        },
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      });
    const begun = await send("POST", `${path}/blobs/uploads/`);
    const location = begun.headers.get("location") ?? "";
    const bytes = randomBytes(48 * 1024 * 1024);
    const first = 8 * 1024 * 1024;
    expect((await send("PATCH", location, bytes.subarray(0, first))).status).toBe(202);
    await killDuringPatch(stack, registry, location, bytes.subarray(first));
    const received = async () => {
      const status = await send("GET", location).catch(() => null);
      return status?.status === 204 ? Number(status.headers.get("range")?.split("-")[1]) + 1 : null;
    };
    await expect.poll(received, RECOVERY).toBeGreaterThanOrEqual(first);
    const start = (await received()) ?? 0;
    const rest = await send("PATCH", location, bytes.subarray(start), `${start}-${bytes.length - 1}`);
    expect(rest.status).toBe(202);
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    expect((await send("PUT", `${location}?digest=${digest}`)).status).toBe(201);
    const pulled = Buffer.from(await (await send("GET", `${path}/blobs/${digest}`)).arrayBuffer());
    expect(pulled.equals(bytes)).toBe(true);
    const wrong = `sha256:${"0".repeat(64)}`;
    const refused = await send("POST", `${path}/blobs/uploads/?digest=${wrong}`, randomBytes(100));
    expect([refused.status, (await send("HEAD", `${path}/blobs/${wrong}`)).status]).toEqual([400, 404]);
  });
});

/** Sends all but the end of a body, and kills the registry when it has been taken. */
async function killDuringPatch(
  stack: Stack,
  registry: Registry,
  location: string,
  body: Uint8Array,
): Promise<void> {
  const { processes } = await stack.status();
  const pid = processes.find(({ name }) => name === "registry")?.pid;
  if (!pid) throw new Error("the registry does not run");
  const patch = request(new URL(location, registry.base), {
    method: "PATCH",
    headers: { authorization: registry.authorization },
  });
  const ended = new Promise<void>((resolve) => {
    patch.on("error", () => resolve());
    patch.on("close", () => resolve());
  });
  await new Promise<void>((resolve) => patch.write(body.subarray(0, body.length - 1), () => resolve()));
  process.kill(pid, "SIGKILL");
  await ended;
}
