/**
 * Pushes and pulls beside Debian's `docker-registry` and distribution v3, on disk and on MinIO, in one run; run with
 * `node bench/registry.ts`.
 *
 * Every registry gets the same bytes from the same client in turns: one blob of 1 GiB, twenty of 10 MiB five at a time,
 * and 2,000 manifest GETs by tag, one at a time and sixteen at a time. Ours authenticates and authorises each request and
 * keeps its metadata in PostgreSQL; the peers ask for no password. Programs are looked for on the PATH, or named by
 * BENCH_DOCKER_REGISTRY, BENCH_DISTRIBUTION and ROADSTEAD_MINIO_BIN; what is missing is said and left out.
 */

import { findMinio } from "@roadstead/testing/minio-server";
import { printBusyness } from "./support/cpu-time.ts";
import { makeTestData } from "./support/registry-data.ts";
import { type Measured, measureRegistry, REPETITIONS } from "./support/registry-load.ts";
import { startOwnRegistry } from "./support/registry-own.ts";
import {
  findPeer,
  type MeasuredRegistry,
  type MinioForBench,
  PEERS,
  startMinio,
  startPeer,
} from "./support/registry-peers.ts";
import { reportRegistries } from "./support/registry-report.ts";

await printBusyness();
const data = await makeTestData();
const found = await findMinio();
const measured: Measured[] = [];
try {
  measured.push(...(await measureOn(null)));
  if ("unavailable" in found) console.log(`Left out: ${found.unavailable}`);
  else {
    const minio = await startMinio(found.program);
    try {
      measured.push(...(await measureOn(minio)));
    } finally {
      await minio.stop();
    }
  }
  reportRegistries(measured);
} finally {
  await data.remove();
}

async function measureOn(minio: MinioForBench | null): Promise<readonly Measured[]> {
  const registries: MeasuredRegistry[] = [];
  try {
    registries.push(await startOwnRegistry(minio));
    for (const peer of PEERS) {
      const program = await findPeer(peer);
      if (program === null) console.log(`No ${peer.name} was found: it is left out.`);
      else if (minio === null || peer.name === "distribution v3")
        registries.push(await startPeer(peer.name, program, minio));
    }
    const results: Measured[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      await data.renew();
      for (const registry of registries) results.push(...(await measureRegistry(registry, data, repetition)));
    }
    return results;
  } finally {
    for (const registry of registries) await registry.stop();
  }
}
