/** The workload that pushes images: what was acknowledged comes back with its digest, and nothing blocks a later push. */
import { setTimeout as delay } from "node:timers/promises";
import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  type ECRClient,
  GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import type { Random } from "./dice.ts";
import type { Victim } from "./faults.ts";
import type { Violation } from "./invariants.ts";
import { settingOf } from "./processes.ts";
import { type Acknowledged, lastOf, type Pulled, unpullable } from "./push-invariants.ts";
import { pull, pushBlob, pushManifest, type Registry } from "./registry-client.ts";
import type { StepContext, StepWork, Workload } from "./run-step.ts";
import { type Blob, imageOf, type SeededImage, seededBlob } from "./seeded-image.ts";
import type { Patience } from "./stubborn.ts";

const SPREAD_MS = 1_200;
const CLIENTS = 2;
/** Without these nothing can be pulled. */
const KEEPERS: readonly Victim[] = ["registry", "minio"];
/** Pulls while something is away, and the time between them. */
const PULLS_WHILE_AWAY = 3;
const PULL_EVERY_MS = 2_000;

export const pushImages: Workload = {
  name: "push",
  needs: ["api", "registry", "postgres", "redis", "minio"],
  begin,
};

async function begin({ client, name, size, random }: StepContext): Promise<StepWork> {
  const registry = await logIn(client.ecr, settingOf(client.stack.dataDir, "ROADSTEAD_REGISTRY_PORT"));
  const pushers = Array.from({ length: CLIENTS }, (_, n) => ({
    registry,
    repository: `chaos/${name}/${n}`,
    patience: { retries: 0 },
    acknowledged: [] as Acknowledged[],
    images: seededImages(random, Math.max(1, Math.ceil(size / CLIENTS))),
  }));
  for (const { repository } of pushers)
    await client.ecr.send(new CreateRepositoryCommand({ repositoryName: repository }));
  const [first] = pushers;
  if (!first) throw new Error("nobody pushes");
  const before = imageOf([seededBlob(random)]);
  await pushImage(first, "before", before);
  await pullAll(registry, first.acknowledged);
  const past: Violation[] = [];
  return {
    spreadMs: SPREAD_MS,
    act: async () => void (await Promise.all(pushers.map(pushSeries))),
    whileAway: async (victims) => {
      if (!victims.some((victim) => KEEPERS.includes(victim)))
        past.push(...(await pullWhileAway(registry, first.repository, before)));
    },
    look: () => judge(registry, pushers),
    async judgePast() {
      const again = pushers.map((pusher) => pushOnceMore(pusher, imageOf([seededBlob(random)])));
      return [...past, ...(await Promise.all(again)).flat()];
    },
    describe() {
      const retries = pushers.reduce((sum, { patience }) => sum + patience.retries, 0);
      const acknowledged = pushers.flatMap((pusher) => pusher.acknowledged);
      return `${lastOf(acknowledged).size} pushes acknowledged, ${retries} retries`;
    },
    async end() {
      for (const { repository } of pushers)
        await client.ecr.send(new DeleteRepositoryCommand({ repositoryName: repository, force: true }));
    },
  };
}

interface Pusher {
  readonly registry: Registry;
  readonly repository: string;
  readonly patience: Patience;
  /** In the order in which it was acknowledged. */
  readonly acknowledged: Acknowledged[];
  readonly images: readonly { readonly afterMs: number; readonly image: SeededImage }[];
}

async function logIn(ecr: ECRClient, port: string): Promise<Registry> {
  const { authorizationData = [] } = await ecr.send(new GetAuthorizationTokenCommand({}));
  return {
    address: `http://127.0.0.1:${port}`,
    authorization: `Basic ${authorizationData[0]?.authorizationToken ?? ""}`,
  };
}

/** Each shares a layer with the one before it. */
function seededImages(random: Random, count: number): Pusher["images"] {
  let shared: Blob = seededBlob(random);
  return Array.from({ length: count }, () => {
    const own = seededBlob(random);
    const image = imageOf([shared, own]);
    shared = own;
    return { afterMs: (random() * SPREAD_MS) / count, image };
  });
}

async function pushSeries(pusher: Pusher): Promise<void> {
  for (const [n, { afterMs, image }] of pusher.images.entries()) {
    await delay(afterMs);
    await pushImage(pusher, `v${n}`, image);
  }
}

/** Its blobs at once, as clients do; then by its own tag and by the one that all images take over. */
async function pushImage(pusher: Pusher, tag: string, image: SeededImage): Promise<void> {
  const { registry, repository, patience, acknowledged } = pusher;
  await Promise.all(
    image.blobs.map(async (blob) => {
      await pushBlob(registry, repository, blob, patience);
      acknowledged.push({ reference: `${repository}/blobs/${blob.digest}`, digest: blob.digest });
    }),
  );
  const { digest } = image.manifest;
  for (const reference of [tag, "latest"]) {
    await pushManifest(registry, { repository, reference }, image.manifest, patience);
    for (const name of [reference, digest])
      acknowledged.push({ reference: `${repository}/manifests/${name}`, digest });
  }
}

async function judge(registry: Registry, pushers: readonly Pusher[]): Promise<readonly Violation[]> {
  const acknowledged = pushers.flatMap((pusher) => pusher.acknowledged);
  return unpullable(acknowledged, await pullAll(registry, acknowledged));
}

async function pullAll(
  registry: Registry,
  acknowledged: readonly Acknowledged[],
): Promise<ReadonlyMap<string, Pulled>> {
  const pulled = new Map<string, Pulled>();
  for (const reference of lastOf(acknowledged).keys())
    pulled.set(reference, await tryPull(registry, reference));
  return pulled;
}

/** `repository/blobs/digest` or `repository/manifests/digest-or-tag`. */
async function tryPull(registry: Registry, reference: string): Promise<Pulled> {
  const parts = reference.split("/");
  const kind = parts.at(-2) === "blobs" ? "blobs" : "manifests";
  return pull(registry, kind, parts.slice(0, -2).join("/"), parts.at(-1) ?? "").then(
    (digest) => ({ digest }),
    (error: unknown) => ({ problem: String(error) }),
  );
}

/** I8: what was pulled before can be pulled while the rest of the system is away. */
async function pullWhileAway(
  registry: Registry,
  repository: string,
  { manifest, blobs }: SeededImage,
): Promise<readonly Violation[]> {
  const found: Violation[] = [];
  const digest = manifest.digest;
  const wanted = [
    { reference: `${repository}/manifests/before`, digest },
    { reference: `${repository}/manifests/${digest}`, digest },
    ...blobs.map((blob) => ({ reference: `${repository}/blobs/${blob.digest}`, digest: blob.digest })),
  ];
  for (let n = 0; n < PULLS_WHILE_AWAY; n++) {
    if (n > 0) await delay(PULL_EVERY_MS);
    const broken = unpullable(wanted, await pullAll(registry, wanted));
    found.push(...broken.map(({ what, ...rest }) => ({ ...rest, what: `${what} (while away)` })));
  }
  return found;
}

/** No upload that was left behind may stand in a later push's way. */
async function pushOnceMore(pusher: Pusher, image: SeededImage): Promise<readonly Violation[]> {
  const patience: Patience = { retries: 0 };
  const about = pusher.repository;
  const problem = await pushImage({ ...pusher, patience }, "after", image).then(
    () => null,
    (error: unknown) => String(error),
  );
  if (problem !== null) return [{ invariant: "I8", about, what: problem }];
  const what = `a push after the recovery had to be tried ${patience.retries} times again`;
  return patience.retries === 0 ? [] : [{ invariant: "I4", about, what }];
}
