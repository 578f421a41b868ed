/** Sees to it that a container's image is on this machine and may be used by this instance's tasks; the pull step asks. */
import { setTimeout as delay } from "node:timers/promises";
import { parseImageReference } from "@roadstead/model/image-name";
import { isRuntimeError } from "@roadstead/runtime/errors";
import type { ContainerRuntime, ImageInspection, RegistryAuth } from "@roadstead/runtime/runtime";
import { type BackOffOptions, createBackOff } from "../control/back-off.ts";
import type { ContainerSpec } from "../decide/task.ts";
import type { Slots } from "../engine/slots.ts";
import { createFlights } from "./flights.ts";
import { isRefusal, mayPassSoon } from "./pull-failure.ts";
import type { RegistryLogin, RegistryLogins } from "./registry-login.ts";

type PullBehavior = "default" | "always" | "once" | "prefer-cached";
type WantedImage = Pick<ContainerSpec, "image" | "registry"> & {
  /** Whose execution role pulls, where one does. */
  readonly taskArn?: string;
};

export interface ImageStoreDeps {
  readonly runtime: Pick<ContainerRuntime, "inspectImage" | "pull" | "resolveDigest">;
  readonly pullBehavior: PullBehavior;
  /** Whose instance this is: another account's images are not used for being here. */
  readonly accountId: string;
  /** The instance's. */
  readonly logins: RegistryLogins;
  /** Those of a task's execution role. */
  readonly loginsOfTask: (taskArn: string) => RegistryLogins;
  /** Bounds how many pulls run at the same time. */
  readonly pulls: Slots;
  readonly retry?: BackOffOptions;
}

export interface ImageStore {
  /** The image by its name, once it may be used. Throws `RuntimeError` or `RegistryLoginError`. */
  obtain(wanted: WantedImage, signal: AbortSignal): Promise<ImageInspection | null>;
}

const TRIES = 5;
const RETRY = { minMs: 250, maxMs: 5_000, factor: 2 };

export function createImageStore(deps: ImageStoreDeps): ImageStore {
  const { runtime, pullBehavior } = deps;
  const flights = createFlights();
  const pulled = new Set<string>();
  const needsNoPull = (image: string) =>
    pullBehavior === "prefer-cached" || (pullBehavior === "once" && pulled.has(image));
  return {
    async obtain(wanted, signal) {
      const { image } = wanted;
      const usable = await usableHere(deps, wanted);
      if (usable && needsNoPull(image)) return usable;
      // What is here already is not waited for.
      const tries = usable && pullBehavior !== "always" ? 1 : TRIES;
      try {
        // What one task's role may is no leave for another's.
        const key = wanted.registry?.useExecutionRole ? `${image} ${wanted.taskArn}` : image;
        await flights.join(key, signal, (cancel) => pull(deps, wanted, { tries, signal: cancel }));
        pulled.add(image);
      } catch (error) {
        if (!usable || pullBehavior === "always" || isRuntimeError(error, "Unavailable")) throw error;
      }
      return runtime.inspectImage(image);
    },
  };
}

/** An engine may serve several accounts, so what another one pulled takes the registry's leave each time. */
async function usableHere(
  { runtime, accountId }: ImageStoreDeps,
  { image, registry }: WantedImage,
): Promise<ImageInspection | null> {
  if (registry && registry.accountId !== accountId) return null;
  const local = await runtime.inspectImage(image);
  return local && !isIdOf(local, image) ? local : null;
}

/** The engine takes ids for names too: by one, anybody's image could be had. */
const isIdOf = ({ id }: ImageInspection, image: string): boolean =>
  id === image || id.startsWith(`sha256:${image}`);

async function pull(
  deps: ImageStoreDeps,
  wanted: WantedImage,
  { tries, signal }: { readonly tries: number; readonly signal: AbortSignal },
): Promise<void> {
  const backOff = createBackOff(deps.retry ?? RETRY);
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await deps.pulls.run(() => pullOnce(deps, wanted, signal));
    } catch (error) {
      if (left <= 0 || signal.aborted || !mayPassSoon(error)) throw error;
    }
    await delay(backOff.next(), undefined, { signal });
  }
}

async function pullOnce(
  { runtime, accountId, ...deps }: ImageStoreDeps,
  { image, registry, taskArn }: WantedImage,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const logins = registry?.useExecutionRole ? deps.loginsOfTask(taskArn ?? "") : deps.logins;
  if (!registry) return runtime.pull(image, { signal });
  const isOwn = registry.accountId === accountId;
  const pullAs = async (login: RegistryLogin) => {
    const options = { auth: authFor(image, login), signal };
    // An engine that has the digest already would ask nobody.
    if (!isOwn || registry.useExecutionRole) await runtime.resolveDigest(image, options);
    await runtime.pull(image, options);
  };
  const login = await logins.get();
  try {
    await pullAs(login);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const renewed = await logins.renew(login);
    if (!renewed) throw error;
    await pullAs(renewed);
  }
}

const authFor = (image: string, login: RegistryLogin): RegistryAuth => ({
  ...login,
  serverAddress: parseImageReference(image)?.host ?? "",
});

/** What the image's own repository calls it, or null: another repository's digest would not be found in this one. */
export function digestOf(image: string, { repoDigests }: ImageInspection): string | null {
  const wanted = parseImageReference(image);
  if (!wanted || wanted.digest) return wanted?.digest ?? null;
  const own = repoDigests
    .map((text) => parseImageReference(text))
    .find((known) => known?.host === wanted.host && known.path === wanted.path);
  return own?.digest ?? null;
}
