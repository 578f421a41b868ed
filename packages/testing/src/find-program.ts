/** Looks for an installed server program; fixtures prefer it to a container. */
import { access, constants, readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The program's path: in `folders` first, then on the PATH; null when it is not installed. */
export async function findProgram(name: string, folders: readonly string[] = []): Promise<string | null> {
  for (const folder of [...folders, ...(process.env.PATH ?? "").split(delimiter)]) {
    const candidate = join(folder, name);
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here; look in the next folder.
    }
  }
  return null;
}

const DEBIAN_POSTGRES = "/usr/lib/postgresql";

/** Where Debian and its derivatives keep PostgreSQL's programs, newest release first. */
export async function postgresFolders(): Promise<readonly string[]> {
  try {
    const releases = await readdir(DEBIAN_POSTGRES);
    return releases
      .sort((a, b) => Number(b) - Number(a))
      .map((release) => join(DEBIAN_POSTGRES, release, "bin"));
  } catch {
    return [];
  }
}
