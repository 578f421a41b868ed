/** `roadstead logs`: prints the newest lines of one process, of all, or of a service or task, and follows them with -f. */
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Flags } from "../arguments.ts";
import { findLogSources, readNewLines } from "../container-logs.ts";
import { Failure } from "../failure.ts";
import { dataFiles } from "../files.ts";
import { logTail } from "../readiness.ts";
import { openStack, requireCredentials } from "../stack.ts";

const LINES_ONE = 100;
const LINES_EACH = 15;
const FOLLOW_MS = 250;
const CHUNK_BYTES = 256 * 1024;

export async function logs(name: string | undefined, flags: Flags): Promise<void> {
  const { settings } = openStack();
  const all = logNames(dataFiles(settings.dataDir).logs);
  if (name !== undefined && !all.includes(name)) return containerLogs(name, flags, all);
  const chosen = name === undefined ? all : [name];
  const files = chosen.map((process) => ({
    prefix: name === undefined ? `${process} | ` : "",
    path: dataFiles(settings.dataDir).log(process),
  }));
  const offsets = new Map(files.map(({ path }) => [path, sizeOf(path)]));
  for (const { prefix, path } of files)
    print(prefix, logTail(path, name === undefined ? LINES_EACH : LINES_ONE));
  while (flags.follow) {
    await delay(FOLLOW_MS);
    for (const { prefix, path } of files) {
      const { text, offset } = readFrom(path, offsets.get(path) ?? 0);
      offsets.set(path, offset);
      if (text !== "") print(prefix, text.replace(/\n$/, "").split("\n"));
    }
  }
}

const CONTAINER_FOLLOW_MS = 500;

/** A process goes by its name first: no service hides one. */
async function containerLogs(name: string, flags: Flags, processes: readonly string[]): Promise<void> {
  const { settings } = openStack();
  const notFound = new Failure(
    `there is no log of "${name}"`,
    processes.length > 0 ? `a service, a task, or one of: ${processes.join(", ")}` : "./roadstead up",
  );
  if (processes.length === 0) throw notFound;
  const access = {
    url: settings.apiUrl,
    region: settings.regions[0] ?? "us-east-1",
    key: requireCredentials(settings.dataDir),
  };
  const cluster = typeof flags.cluster === "string" ? flags.cluster : "default";
  const sources = await findLogSources(access, cluster, name);
  if (!sources) throw notFound;
  if (sources.length === 0) {
    throw new Failure(
      `no container of "${name}" writes to a log group`,
      'give it "logConfiguration": {"logDriver": "awslogs", …} in its task definition',
    );
  }
  const newLines = readNewLines(access, sources, Date.now());
  print("", await newLines());
  while (flags.follow) {
    await delay(CONTAINER_FOLLOW_MS);
    print("", await newLines());
  }
}

function logNames(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".log"))
    .map((file) => file.slice(0, -".log".length));
}

const print = (prefix: string, lines: readonly string[]): void =>
  void process.stdout.write(lines.map((line) => `${prefix}${line}\n`).join(""));

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Whole lines only; a file that shrank was emptied and is read from its start. */
function readFrom(path: string, offset: number): { readonly text: string; readonly offset: number } {
  const size = sizeOf(path);
  const from = size < offset ? 0 : offset;
  if (size === from) return { text: "", offset: from };
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(Math.min(size - from, CHUNK_BYTES));
    const length = readSync(file, buffer, 0, buffer.length, from);
    const end = buffer.lastIndexOf("\n", length - 1) + 1 || (length === CHUNK_BYTES ? length : 0);
    return { text: buffer.toString("utf8", 0, end), offset: from + end };
  } finally {
    closeSync(file);
  }
}
