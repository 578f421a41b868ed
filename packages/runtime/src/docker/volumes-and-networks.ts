/** What containers share: volumes, networks, and an image made of files at hand; the Docker runtime calls it. */
import { isRuntimeError } from "../errors.ts";
import type { ContainerRuntime } from "../runtime.ts";
import type { EngineRequest } from "./engine-call.ts";
import { splitTag } from "./pull-image.ts";
import { readNetwork } from "./read-inspection.ts";

type Call = (request: EngineRequest) => Promise<unknown>;
type Shared =
  | "createVolume"
  | "removeVolume"
  | "createNetwork"
  | "removeNetwork"
  | "networks"
  | "importImage";

/** Said of a network in which containers run. */
const IN_USE = /has active endpoints/;
const encode = encodeURIComponent;

export function volumesAndNetworks(
  call: Call,
  { readMs: timeoutMs, createMs }: { readonly readMs: number; readonly createMs: number },
): Pick<ContainerRuntime, Shared> {
  return {
    createVolume: async ({ name, driver, driverOptions, labels }) =>
      void (await call({
        method: "POST",
        path: "/volumes/create",
        body: {
          Name: name,
          Driver: driver ?? "local",
          DriverOpts: driverOptions ?? {},
          Labels: labels ?? {},
        },
        accept: [200, 201],
        timeoutMs,
      })),
    removeVolume: async (name) =>
      void (await call({
        method: "DELETE",
        path: `/volumes/${encode(name)}`,
        accept: [204, 404],
        timeoutMs,
      })),
    createNetwork: async ({ name, subnet, gateway, bridge, labels }) =>
      void (await call({
        method: "POST",
        path: "/networks/create",
        body: {
          Name: name,
          CheckDuplicate: true,
          Driver: "bridge",
          IPAM: { Driver: "default", Config: [{ Subnet: subnet, Gateway: gateway }] },
          Options: { "com.docker.network.bridge.name": bridge },
          Labels: labels,
        },
        // 409: the name is taken.
        accept: [201, 409],
        timeoutMs: createMs,
      })),
    async removeNetwork(name) {
      try {
        await call({
          method: "DELETE",
          path: `/networks/${encode(name)}`,
          accept: [204, 404],
          timeoutMs: createMs,
        });
        return true;
      } catch (error) {
        if (isRuntimeError(error, "Engine") && IN_USE.test(error.message)) return false;
        throw error;
      }
    },
    async networks() {
      const listed = await call({ method: "GET", path: "/networks", accept: [200], timeoutMs });
      return (listed as readonly unknown[]).map(readNetwork);
    },
    importImage: async (image, archive) =>
      void (await call({
        method: "POST",
        path: "/images/create",
        query: importedAs(image),
        archive,
        accept: [200],
        timeoutMs: createMs,
      })),
  };
}

function importedAs(image: string): Record<string, string> {
  const { fromImage = image, tag = "latest" } = splitTag(image);
  return { fromSrc: "-", repo: fromImage, tag };
}
