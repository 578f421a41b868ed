import { beforeAll } from "vitest";
import { BUSYBOX_IMAGE, ensureBusyboxImage } from "../busybox-image.ts";
import { runtimeContract } from "../contract.ts";
import { openDockerRuntime } from "./docker-runtime.ts";

beforeAll(() => ensureBusyboxImage());

runtimeContract("Docker Engine", {
  open: () =>
    openDockerRuntime({ socketPath: process.env.ROADSTEAD_DOCKER_SOCKET ?? "/var/run/docker.sock" }),
  image: BUSYBOX_IMAGE,
  label: `com.roadstead.test.r${process.pid}`,
});
