/** `roadstead test`: installs what the tests need, runs the unit, service and end-to-end tests, and sums them in its last line. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Flags } from "../arguments.ts";
import { repositoryRoot } from "../bundles.ts";
import { dataFiles, makeDataDirectories, readJson } from "../files.ts";
import { ensureBusybox } from "../install/busybox.ts";
import { ensureDocker } from "../install/docker.ts";
import { findProgram } from "../install/find-program.ts";
import { findMinio, minioProgram } from "../install/minio.ts";
import { findPostgres } from "../install/postgres-binaries.ts";
import { redisProgram } from "../install/redis.ts";
import { canInstallPackages, installPackages } from "../install/system-packages.ts";
import { say } from "../progress.ts";
import type { Settings } from "../settings.ts";
import { openStack } from "../stack.ts";
import {
  addCounts,
  countRun,
  renderCount,
  renderFailures,
  type TestCount,
  type VitestReport,
} from "../test-report.ts";

/** The end-to-end tests have reporters of their own, this one among them when its variable is set. */
const JSON_REPORT = ["--reporter=default", "--reporter=json"];
const REPORT_VARIABLE = "ROADSTEAD_TEST_REPORT";
/** Where the end-to-end tests' stack keeps its images. */
const STORE_VARIABLE = "ROADSTEAD_E2E_STORE";

const RUNS = [
  { name: "unit", title: "Unit tests", args: ["--project", "unit", ...JSON_REPORT] },
  {
    name: "service",
    title: "Service tests (real PostgreSQL, Redis, Docker)",
    args: ["--project", "service", ...JSON_REPORT],
  },
  {
    name: "e2e",
    title: "End-to-end tests (a stack of their own)",
    args: ["--config", "e2e/vitest.config.ts"],
  },
] as const;

/** A stack in use must not be what the tests run against. */
const KEPT_VARIABLES = ["ROADSTEAD_DOCKER_SOCKET", "ROADSTEAD_LOG_LEVEL"];

/** `--minio`, or the variable of the same meaning, builds MinIO where it is missing; else what is there is used. */
export async function test(flags: Flags): Promise<number> {
  const { settings } = openStack();
  makeDataDirectories(settings.dataDir);
  const onMinio = flags.minio === true || process.env[STORE_VARIABLE] === "minio";
  const env = testEnvironment(process.env, await ensureTestPrograms(settings, onMinio));
  const reports = mkdtempSync(join(tmpdir(), "roadstead-test-"));
  let total: TestCount = { passed: 0, failed: 0 };
  const failures: string[] = [];
  try {
    for (const run of RUNS) {
      if (run.name === "e2e" && !existsSync(join(repositoryRoot, "e2e", "vitest.config.ts"))) continue;
      say(`→ ${run.title}`);
      const file = join(reports, `${run.name}.json`);
      const code = await runVitest([...run.args, `--outputFile.json=${file}`], {
        ...env,
        [REPORT_VARIABLE]: file,
      });
      const report = readJson<VitestReport>(file);
      total = addCounts(total, countRun(report, code));
      failures.push(...renderFailures(report));
    }
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  // Said again at the end: a run's log is long, and often only its end is kept.
  process.stdout.write([...failures, renderCount(total), ""].join("\n"));
  return total.failed === 0 ? 0 : 1;
}

interface TestPrograms {
  readonly folders: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** The same servers that `up` would use, and what the end-to-end tests drive. */
async function ensureTestPrograms(settings: Settings, onMinio: boolean): Promise<TestPrograms> {
  const files = dataFiles(settings.dataDir);
  mkdirSync(files.tools, { recursive: true });
  say(
    "Tests need PostgreSQL, Redis, Docker Engine, a static busybox and, for some, the aws command; missing ones are installed.",
  );
  const postgres = findPostgres(files.tools, null);
  const redis = await redisProgram(files.tools);
  await ensureDocker(settings);
  await ensureBusybox();
  if (!findProgram("aws") && canInstallPackages()) {
    await installPackages("the aws command", { "apt-get": ["awscli"], dnf: ["awscli2"], apk: ["aws-cli"] });
  }
  const minio = onMinio ? await minioProgram(settings) : findMinio(settings);
  const variables = {
    ...redis.env,
    ...(minio ? { ROADSTEAD_MINIO_BIN: minio } : {}),
    ...(onMinio ? { [STORE_VARIABLE]: "minio" } : {}),
  };
  return { folders: [dirname(postgres.postgres), dirname(redis.path)], variables };
}

function testEnvironment(env: NodeJS.ProcessEnv, programs: TestPrograms): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) =>
      !name.startsWith("ROADSTEAD_") || name.startsWith("ROADSTEAD_TEST_") || KEPT_VARIABLES.includes(name),
  );
  const path = [env.PATH ?? "", ...programs.folders].filter((part) => part !== "").join(delimiter);
  return { ...Object.fromEntries(kept), ...programs.variables, PATH: path };
}

function runVitest(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number | null> {
  const vitest = join(repositoryRoot, "node_modules", "vitest", "vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", ...args], {
    cwd: repositoryRoot,
    env,
    stdio: "inherit",
  });
  return new Promise((resolve) => {
    child.on("error", () => resolve(null));
    child.on("close", resolve);
  });
}
