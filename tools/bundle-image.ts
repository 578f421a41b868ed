/** Writes what the container image holds into a folder: `bin/<process>.mjs` and `migrations`; infra/Dockerfile runs it. */
import { cpSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureBundles, IMAGE_BUNDLES } from "../packages/cli/src/bundles.ts";

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error("usage: node tools/bundle-image.ts FOLDER");
const work = await mkdtemp(join(tmpdir(), "roadstead-image-"));
cpSync(dirname(await ensureBundles(work, IMAGE_BUNDLES)), target, { recursive: true });
await rm(work, { recursive: true, force: true });
