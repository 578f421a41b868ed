/** Says whether the Docker engine here holds an image, so that a container fixture never waits for a registry. */
import { execFile } from "node:child_process";

const DOCKER_TIMEOUT_MS = 5_000;

export function hasLocalImage(image: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile("docker", ["image", "inspect", image], { timeout: DOCKER_TIMEOUT_MS }, (error) =>
      resolve(error === null),
    );
  });
}

const RYUK_IMAGE_PREFIX = "testcontainers/ryuk";

/** testcontainers starts a helper image of its own; without registry access it must be told not to. */
export async function loadTestcontainers() {
  if (!(await hasLocalImage(process.env.RYUK_CONTAINER_IMAGE ?? RYUK_IMAGE_PREFIX))) {
    process.env.TESTCONTAINERS_RYUK_DISABLED = "true";
  }
  return import("testcontainers");
}
