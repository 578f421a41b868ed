/** Makes the demo's images from this machine's busybox and one page each, and pushes them to the stack's registry. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiAccess, callEcr } from "../api-client.ts";
import { Failure } from "../failure.ts";
import { ensureBusybox } from "../install/busybox.ts";
import { engineCall } from "../install/docker.ts";
import { type TarEntry, tar } from "./tar.ts";

export const DEMO_REPOSITORY = "roadstead-demo";
export const DEMO_VERSIONS = ["1", "2"] as const;
export type DemoVersion = (typeof DEMO_VERSIONS)[number];

const DOCKER_TIMEOUT_MS = 60_000;

export const demoPage = (version: DemoVersion): string =>
  `Hello from version ${version}, in a container that Roadstead runs.\n`;

/** As `docker` on this machine names it. */
export const demoImage = (registry: string, version: DemoVersion): string =>
  `${registry}/${DEMO_REPOSITORY}:${version}`;

/** `docker import` of two files; no other registry is asked. */
export async function makeDemoImage(dockerSocket: string, registry: string, version: DemoVersion) {
  await importImage(dockerSocket, {
    repository: `${registry}/${DEMO_REPOSITORY}`,
    tag: version,
    entries: [
      { path: "bin/busybox", mode: 0o755, content: readFileSync(await ensureBusybox()) },
      { path: "www/index.html", mode: 0o644, content: Buffer.from(demoPage(version)) },
    ],
  });
}

export interface ImageContent {
  readonly repository: string;
  readonly tag: string;
  readonly entries: readonly TarEntry[];
  readonly command?: readonly string[];
}

export async function importImage(
  dockerSocket: string,
  { repository, tag, entries, command }: ImageContent,
): Promise<void> {
  const query = new URLSearchParams({ fromSrc: "-", repo: repository, tag });
  if (command) query.set("changes", `CMD ${JSON.stringify(command)}`);
  const answer = await engineCall(dockerSocket, {
    method: "POST",
    path: `/images/create?${query}`,
    body: tar(entries),
    contentType: "application/x-tar",
  });
  const text = answer.body.toString("utf8");
  if (answer.status !== 200 || text.includes('"error"'))
    throw new Failure(`the image could not be made: ${text}`);
}

/** One that was made by an earlier demo will do. */
export async function createDemoRepository(access: ApiAccess): Promise<string> {
  try {
    const input = { repositoryName: DEMO_REPOSITORY };
    const created = await callEcr<{ repository: { repositoryUri: string } }>(
      access,
      "CreateRepository",
      input,
    );
    return created.repository.repositoryUri;
  } catch (error) {
    if (!String(error).includes("RepositoryAlreadyExistsException")) throw error;
    return `${DEMO_REPOSITORY} is there already`;
  }
}

interface AuthorizationToken {
  readonly authorizationData: readonly { readonly authorizationToken: string }[];
}

/** A `docker` whose login is in a folder of its own, so that the user's is left alone. */
export interface DemoDocker {
  push(image: string): Promise<void>;
  kill(container: string): Promise<void>;
  close(): Promise<void>;
}

export async function logInToRegistry(
  access: ApiAccess,
  registry: string,
  dockerSocket: string,
): Promise<DemoDocker> {
  const { authorizationData } = await callEcr<AuthorizationToken>(access, "GetAuthorizationToken", {});
  const token = Buffer.from(authorizationData[0]?.authorizationToken ?? "", "base64").toString("utf8");
  const folder = await mkdtemp(join(tmpdir(), "roadstead-demo-"));
  const docker = (args: readonly string[], input?: string) =>
    runDocker(["--config", folder, "--host", `unix://${dockerSocket}`, ...args], input);
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    await docker(["login", "--username", "AWS", "--password-stdin", registry], token.replace(/^AWS:/, ""));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    push: async (image) => void (await docker(["push", "--quiet", image])),
    kill: async (container) => void (await docker(["kill", container])),
    close,
  };
}

function runDocker(args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("docker", [...args], { stdio: "pipe", timeout: DOCKER_TIMEOUT_MS });
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (error) => reject(new Failure(`docker did not start: ${error.message}`)));
    child.on("close", (code) =>
      code === 0 ? resolve(output) : reject(new Failure(`docker failed (${code}): ${output.trim()}`)),
    );
    child.stdin.on("error", () => undefined); // it may end before it has read
    child.stdin.end(input);
  });
}

/** Takes the image from the engine, so that whoever runs it must pull it; only its name goes where a container uses it. */
export async function forgetLocalImage(dockerSocket: string, image: string): Promise<void> {
  await engineCall(dockerSocket, { method: "DELETE", path: `/images/${image}?force=true` });
}

export async function removeDemoContainers(dockerSocket: string, family: string): Promise<void> {
  const label = `com.amazonaws.ecs.task-definition-family=${family}`;
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  const answer = await engineCall(dockerSocket, {
    method: "GET",
    path: `/containers/json?all=true&filters=${filters}`,
  });
  if (answer.status !== 200) return;
  const containers = JSON.parse(answer.body.toString("utf8")) as readonly { Id: string }[];
  for (const { Id } of containers) {
    await engineCall(dockerSocket, { method: "DELETE", path: `/containers/${Id}?force=true` });
  }
}
