/** Bundles each process when sources changed, so that it starts quickly and small; `up` calls this. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dataFiles } from "./files.ts";
import { say, seconds } from "./progress.ts";
import { desiredProcesses } from "./supervisor/control.ts";

export const repositoryRoot = fileURLToPath(new URL("../../..", import.meta.url));

/** Bundle name → source, relative to the repository. */
const ENTRIES = {
  supervisor: "packages/cli/src/supervisor/main.ts",
  edge: "packages/cli/src/packs/edge.ts",
  control: "packages/cli/src/packs/control.ts",
  agent: "services/agent/src/main.ts",
  machine: "packages/cli/src/machine/main.ts",
  setup: "packages/cli/src/packs/setup.ts",
  api: "services/api/src/main.ts",
  "agent-gateway": "services/agent-gateway/src/main.ts",
  registry: "services/registry/src/main.ts",
  scheduler: "services/scheduler/src/main.ts",
  deployer: "services/deployer/src/main.ts",
  "load-balancer": "services/load-balancer/src/main.ts",
  autoscaler: "services/autoscaler/src/main.ts",
  "event-bus": "services/event-bus/src/main.ts",
  "fargate-provisioner": "services/fargate-provisioner/src/main.ts",
} as const;

export type BundleName = keyof typeof ENTRIES;

/** What the container image holds: its commands, and what machines that join fetch from the api. */
export const IMAGE_BUNDLES: readonly BundleName[] = [
  "setup",
  "api",
  "agent-gateway",
  "registry",
  "scheduler",
  "deployer",
  "load-balancer",
  "autoscaler",
  "event-bus",
  "fargate-provisioner",
  "agent",
  "machine",
  "supervisor",
];

/** What other machines fetch, and what outlives the folder that it was started from, is one file each. */
const SINGLE_FILES: ReadonlySet<BundleName> = new Set(["supervisor", "agent", "machine"]);

const KEPT_OLDER = 2;
/** CommonJS dependencies ask for `require`, `__filename` and `__dirname`, which modules lack. */
const BANNER = [
  'import { createRequire as $createRequire } from "node:module";',
  'import { fileURLToPath as $fileURLToPath } from "node:url";',
  'import { dirname as $dirname } from "node:path";',
  "const require = $createRequire(import.meta.url);",
  "const __filename = $fileURLToPath(import.meta.url);",
  "const __dirname = $dirname(__filename);",
].join("\n");

/** Returns the folder holding `<name>.mjs` of everything asked for. */
export async function ensureBundles(dataDir: string, names: readonly BundleName[]): Promise<string> {
  const { bundles } = dataFiles(dataDir);
  const hash = sourcesHash();
  // Services look for the migrations at ../migrations, in the sources as in a bundle.
  const folder = join(bundles, hash, "bin");
  const missing = names.filter((name) => !existsSync(join(folder, `${name}.mjs`)));
  if (missing.length === 0) return folder;
  const began = performance.now();
  say(`→ Bundling ${missing.join(", ")}`);
  const building = join(bundles, `.building-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    await build(missing, building);
    for (const file of partsFirst(readdirSync(building), missing))
      renameSync(join(building, file), join(folder, file));
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  copyMigrations(join(bundles, hash, "migrations"));
  forgetOlder(dataDir, hash);
  say(`  done in ${seconds(performance.now() - began)}`);
  return folder;
}

/** An entry that is there stands for all that it imports, so it comes last. */
function partsFirst(files: readonly string[], entries: readonly BundleName[]): readonly string[] {
  const isEntry = (file: string) => entries.some((name) => file === `${name}.mjs`);
  return [...files.filter((file) => !isEntry(file)), ...files.filter(isEntry)];
}

async function build(names: readonly BundleName[], outdir: string): Promise<void> {
  const alone = names.filter((name) => SINGLE_FILES.has(name));
  const sharing = names.filter((name) => !SINGLE_FILES.has(name));
  await Promise.all([buildTogether(alone, outdir, false), buildTogether(sharing, outdir, true)]);
}

/** Split, what a process imports lazily is not even read before it is wanted, as most AWS services are by an api. */
async function buildTogether(
  names: readonly BundleName[],
  outdir: string,
  splitting: boolean,
): Promise<void> {
  if (names.length === 0) return;
  const { build: bundle } = await import("esbuild");
  await bundle({
    absWorkingDir: repositoryRoot,
    entryPoints: names.map((name) => ({ in: ENTRIES[name], out: name })),
    outdir,
    splitting,
    chunkNames: "part-[hash]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    mainFields: ["module", "main"],
    conditions: ["module"],
    banner: { js: BANNER },
    sourcemap: "linked",
    sourcesContent: false,
    minifySyntax: true,
    keepNames: true,
    legalComments: "none",
    logLevel: "silent",
    external: ["pg-native", "cpu-features", "msgpackr-extract", "*.node"],
  });
}

function copyMigrations(target: string): void {
  const source = join(repositoryRoot, "packages", "db", "migrations");
  if (existsSync(source)) cpSync(source, target, { recursive: true });
}

/** Changes when any source, the lockfile or this release's Node does. */
function sourcesHash(): string {
  const hash = createHash("sha256").update(process.version);
  for (const folder of ["packages", "services"]) {
    for (const name of readdirSync(join(repositoryRoot, folder)).sort()) {
      hashFolder(hash, join(repositoryRoot, folder, name, "src"));
      hashFolder(hash, join(repositoryRoot, folder, name, "migrations"));
    }
  }
  hashFile(hash, join(repositoryRoot, "pnpm-lock.yaml"));
  return hash.digest("hex").slice(0, 16);
}

function hashFolder(hash: ReturnType<typeof createHash>, folder: string): void {
  if (!existsSync(folder)) return;
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) hashFolder(hash, path);
    else if (!entry.name.endsWith(".test.ts")) hashFile(hash, path);
  }
}

function hashFile(hash: ReturnType<typeof createHash>, path: string): void {
  const { size, mtimeMs } = statSync(path);
  hash.update(`${path}\0${size}\0${mtimeMs}\0`);
}

/** Older bundles stay while a process may be started from them, and a few more for a look back. */
function forgetOlder(dataDir: string, current: string): void {
  const { bundles } = dataFiles(dataDir);
  const inUse = JSON.stringify(desiredProcesses(dataDir));
  const older = readdirSync(bundles)
    .filter((name) => name !== current && !name.startsWith(".") && !inUse.includes(`/${name}/`))
    .map((name) => ({ name, at: statSync(join(bundles, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { name } of older.slice(KEPT_OLDER))
    rmSync(join(bundles, name), { recursive: true, force: true });
}
