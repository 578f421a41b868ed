/** Puts one registry under the benchmark's load and says what it cost: wall time, processor time, peak memory. */
import { readFileSync, writeFileSync } from "node:fs";
import { treeCpuMs } from "./cpu-time.ts";
import { inParallel } from "./launch-side.ts";
import { percentile } from "./numbers.ts";
import { createRegistryClient, type RegistryClient } from "./registry-client.ts";
import type { TestData } from "./registry-data.ts";
import type { MeasuredRegistry } from "./registry-peers.ts";

export const REPETITIONS = 3;
/** As many layers as `docker push` sends at once. */
const AT_ONCE = 5;
const MANIFEST_GETS = 2_000;
const MANIFEST_CONCURRENCY = 16;
const REPOSITORY = "bench/image";

export interface Measured {
  readonly registry: string;
  readonly store: string;
  readonly step: string;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
  /** Of single requests, where the step is made of many. */
  readonly p50Ms: number | null;
}

export async function measureRegistry(
  registry: MeasuredRegistry,
  data: TestData,
  repetition: number,
): Promise<readonly Measured[]> {
  const client = createRegistryClient(registry.url, registry.authorization);
  const results: Measured[] = [];
  const step = async (name: string, work: () => Promise<readonly number[] | undefined>) =>
    results.push(await measureStep(registry, name, work));
  try {
    const { large, small } = data;
    const each = (work: (blob: (typeof small)[number]) => Promise<void>) =>
      inParallel(small.length, AT_ONCE, (n) => work(small[n] as (typeof small)[number]));
    await step("push 1 GiB", () => nothing(client.pushBlob(REPOSITORY, large)));
    await step("pull 1 GiB", () => nothing(client.pullBlob(REPOSITORY, large)));
    await step("push 20 × 10 MiB", () => nothing(each((blob) => client.pushBlob(REPOSITORY, blob))));
    await step("pull 20 × 10 MiB", () => nothing(each((blob) => client.pullBlob(REPOSITORY, blob))));
    const tag = `r${repetition}`;
    await client.pushManifest(REPOSITORY, tag, small);
    await step("2,000 manifest GETs", () => getManifests(client, tag, 1));
    await step(`2,000 manifest GETs, ${MANIFEST_CONCURRENCY} at a time`, () =>
      getManifests(client, tag, MANIFEST_CONCURRENCY),
    );
    return results;
  } finally {
    client.close();
  }
}

const nothing = (work: Promise<void>): Promise<undefined> => work.then(() => undefined);

async function getManifests(client: RegistryClient, tag: string, concurrency: number) {
  const took: number[] = [];
  await inParallel(MANIFEST_GETS, concurrency, async () => {
    const began = performance.now();
    await client.getManifest(REPOSITORY, tag);
    took.push(performance.now() - began);
  });
  return took;
}

async function measureStep(
  registry: MeasuredRegistry,
  step: string,
  work: () => Promise<readonly number[] | undefined>,
): Promise<Measured> {
  forgetPeak(registry.pid);
  const cpu = () => registry.pids.reduce((sum, pid) => sum + treeCpuMs(pid), 0);
  const before = cpu();
  const began = performance.now();
  const took = await work();
  const wallMs = performance.now() - began;
  return {
    registry: registry.name,
    store: registry.store,
    step,
    wallMs,
    cpuMs: cpu() - before,
    peakMiB: peakMiB(registry.pid),
    p50Ms: took ? percentile(took, 0.5) : null,
  };
}

/** The kernel starts its high-water mark of resident memory anew. */
function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // Without the right to, the peak of the whole life is what is told.
  }
}

const peakMiB = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) / 1024;
