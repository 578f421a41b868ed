/**
 * The names that the control plane last told, kept on disk for when it is away. Of several agents on a machine one answers
 * for all, so each also puts what it knows where the others look.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";
import { z } from "zod";
import type { Names } from "./answer-query.ts";

const message = z.object({
  names: z.array(z.object({ name: z.string().min(1).max(253), addresses: z.array(z.ipv4()).max(16) })),
});

export interface NameBook {
  /** All that any agent of this machine was told. */
  names(): Names;
  /** A `NamesMessage`: the whole list. */
  take(message: unknown): Promise<void>;
  /** Other agents of the machine no longer answer for this one; it knows its names itself when it is back. */
  stop(): Promise<void>;
}

export interface NameBookOptions {
  /** Of this agent alone. */
  readonly dataDir: string;
  /** Where the agents of this machine find each other. */
  readonly folder: string;
  readonly name: string;
  readonly log: Logger;
  readonly lookEveryMs?: number;
}

const SUFFIX = ".names.json";
const LOOK_EVERY_MS = 500;

export async function openNameBook(options: NameBookOptions): Promise<NameBook> {
  const { dataDir, folder, name, log } = options;
  const own = join(dataDir, "names.json");
  const shared = join(folder, `${name}${SUFFIX}`);
  const publish = async (text: string) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await replaceFile(shared, text);
  };
  let names: Names = new Map();
  let seen = "";
  const look = async () => {
    const found = await filesIn(folder);
    const state = JSON.stringify(found);
    if (state === seen) return;
    const texts = await Promise.all(found.map(({ path }) => readFile(path, "utf8").catch(() => "")));
    names = new Map(texts.flatMap(namesIn));
    seen = state;
  };
  const kept = await readFile(own, "utf8").catch(() => null);
  if (kept !== null) await publish(kept);
  await look();
  const loop: Loop = startLoop({
    name: "dns.names",
    everyMs: options.lookEveryMs ?? LOOK_EVERY_MS,
    log,
    run: look,
  });
  return {
    names: () => names,
    async take(given) {
      const parsed = message.safeParse(given);
      if (!parsed.success) {
        log.error({ op: "dns.names" }, "unreadable names: those known before are answered on");
        return;
      }
      const text = JSON.stringify(parsed.data);
      await replaceFile(own, text);
      await publish(text);
      await look();
    },
    async stop() {
      await loop.stop();
      await rm(shared, { force: true });
    },
  };
}

async function filesIn(folder: string) {
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(SUFFIX)).toSorted();
  const found = await Promise.all(
    files.map(async (file) => {
      const path = join(folder, file);
      const status = await stat(path).catch(() => null);
      return status && { path, changed: status.mtimeMs, size: status.size, inode: status.ino };
    }),
  );
  return found.filter((file) => file !== null);
}

function namesIn(text: string): readonly (readonly [string, readonly string[]])[] {
  try {
    const parsed = message.safeParse(JSON.parse(text));
    return parsed.success
      ? parsed.data.names.map(({ name, addresses }) => [name.toLowerCase(), addresses])
      : [];
  } catch {
    return [];
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text, { mode: 0o600, flush: true });
  await rename(`${path}.tmp`, path);
}
