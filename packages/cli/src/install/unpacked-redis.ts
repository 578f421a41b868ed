/** Gets Redis on Debian and Ubuntu without root: downloads its packages and unpacks them into the data folder. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure.ts";
import { runStep } from "../progress.ts";
import type { RedisProgram } from "./redis.ts";

const MULTIARCH: Readonly<Record<string, string>> = {
  x64: "x86_64-linux-gnu",
  arm64: "aarch64-linux-gnu",
};

/** What an earlier run unpacked. */
export function unpackedRedis(toolsDir: string): RedisProgram | null {
  const root = join(toolsDir, "redis");
  // Debian's redis-server is a link to this program, which looks at the name it was called by.
  const path = join(root, "usr", "bin", "redis-server");
  if (!existsSync(path)) return null;
  const libraries = ["usr/lib", "lib"].map((lib) => join(root, lib, MULTIARCH[process.arch] ?? ""));
  return { path, env: { LD_LIBRARY_PATH: libraries.join(":") } };
}

export async function unpackRedis(toolsDir: string): Promise<RedisProgram> {
  const root = join(toolsDir, "redis");
  const state = join(toolsDir, "apt");
  for (const folder of [root, join(state, "lists", "partial"), join(state, "archives", "partial")]) {
    mkdirSync(folder, { recursive: true });
  }
  const options = [
    ...["-o", `Dir::State::lists=${join(state, "lists")}`, "-o", `Dir::Cache=${state}`],
    ...["-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User="],
  ];
  await runStep({
    title: "Redis is not installed and this is not root: fetching the package lists into the data folder",
    command: "apt-get",
    args: [...options, "update"],
  });
  await runStep({
    title: `Downloading Redis and its libraries and unpacking them in ${root}`,
    command: "apt-get",
    args: [...options, "download", ...closure(options)],
    cwd: state,
  });
  for (const file of readdirSync(state).filter((name) => name.endsWith(".deb"))) {
    execFileSync("dpkg-deb", ["-x", join(state, file), root]);
  }
  const program = unpackedRedis(toolsDir);
  if (!program)
    throw new Failure(
      "Redis could not be unpacked",
      "install redis-server as root, or set ROADSTEAD_REDIS_URL",
    );
  return program;
}

/** The server and every library it needs that this system lacks. */
function closure(options: readonly string[]): readonly string[] {
  const listed = execFileSync(
    "apt-cache",
    [
      ...options,
      "depends",
      "--recurse",
      ...[
        "--no-recommends",
        "--no-suggests",
        "--no-conflicts",
        "--no-breaks",
        "--no-replaces",
        "--no-enhances",
      ],
      "redis-server",
      "redis-tools",
    ],
    { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 },
  );
  const names = [...new Set(listed.split("\n").filter((line) => /^[a-z0-9]/.test(line)))].map(
    (n) => n.split(":")[0] ?? n,
  );
  return names.filter(
    (name) =>
      name.startsWith("redis-") ||
      ((name.startsWith("lib") || name.startsWith("lua-")) && !isInstalled(name)),
  );
}

function isInstalled(name: string): boolean {
  try {
    const status = execFileSync("dpkg-query", ["--status", name], { stdio: ["ignore", "pipe", "ignore"] });
    return status.includes("Status: install ok installed");
  } catch {
    return false;
  }
}
