/** The programs that a machine which joins is given, with their checksums: this process's own Node and the bundles beside it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

export const JOIN_FILES = ["node", "agent.mjs", "supervisor.mjs", "machine.mjs"] as const;
export type JoinFile = (typeof JOIN_FILES)[number];

export interface JoinFiles {
  pathOf(name: JoinFile): string;
  /** SHA-256 of each, in hexadecimal; null when one is missing. */
  checksums(): Promise<Readonly<Record<JoinFile, string>> | null>;
}

export function openJoinFiles(folder: string): JoinFiles {
  const known = new Map<string, Promise<string>>();
  const pathOf = (name: JoinFile) => (name === "node" ? process.execPath : join(folder, name));
  /** Counted once for each state of the file: Node alone is a hundred megabytes. */
  const checksum = async (name: JoinFile): Promise<string> => {
    const path = pathOf(name);
    const { size, mtimeMs } = await stat(path);
    const key = `${path} ${size} ${mtimeMs}`;
    const counted = known.get(key) ?? checksumOf(path);
    known.set(key, counted);
    counted.catch(() => known.delete(key));
    return counted;
  };
  return {
    pathOf,
    async checksums() {
      try {
        const sums = await Promise.all(JOIN_FILES.map(async (name) => [name, await checksum(name)] as const));
        return Object.fromEntries(sums) as Record<JoinFile, string>;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
        throw error;
      }
    },
  };
}

async function checksumOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
