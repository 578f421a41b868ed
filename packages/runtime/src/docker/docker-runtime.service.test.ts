import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";
import { BUSYBOX_IMAGE, ensureBusyboxImage } from "../busybox-image.ts";
import { runtimeContract } from "../contract.ts";
import { openDockerRuntime } from "./docker-runtime.ts";
import { openPrivateRegistry } from "./private-registry.test-data.ts";

const run = promisify(execFile);
const registry = await openPrivateRegistry();
const LABEL = `com.roadstead.test.r${randomBytes(4).toString("hex")}`;

beforeAll(() => ensureBusyboxImage());
afterAll(async () => {
  const names = [
    `${registry.repository}:${registry.tag}`,
    `${registry.repository}@${registry.digest}`,
    `${LABEL}-imported:1`,
  ];
  for (const name of names) await run("docker", ["rmi", name]).catch(() => undefined);
  await registry.close();
});

runtimeContract("Docker Engine", {
  open: () =>
    openDockerRuntime({ socketPath: process.env.ROADSTEAD_DOCKER_SOCKET ?? "/var/run/docker.sock" }),
  image: BUSYBOX_IMAGE,
  label: LABEL,
  freePort: () =>
    new Promise((resolve, reject) => {
      const probe = createServer().once("error", reject);
      probe.listen(0, () => {
        const { port } = probe.address() as AddressInfo;
        probe.close(() => resolve(port));
      });
    }),
  exit: async (id, exitCode) =>
    void (await run("docker", ["exec", id, "sh", "-c", `echo ${exitCode} > /tmp/code`])),
  privateImage: async () => registry,
});
