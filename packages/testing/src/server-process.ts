/** Runs a server program for tests so that it ends with them, however they end; the PostgreSQL and Redis fixtures use it. */
import { type ChildProcess, spawn } from "node:child_process";
import { chown, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The shell starts the program and watches its own standard input: when that closes, because we closed it or because
 * this process died, or names a signal, it ends the program and removes its folder.
 */
const KEEPER = `
folder=$1; shift
exec 3<&0
"$@" & program=$!
(read -r signal <&3; kill -"\${signal:-INT}" $program 2>/dev/null) & watcher=$!
wait $program; code=$?
kill $watcher 2>/dev/null
rm -rf "$folder"
exit $code`;
const OUTPUT_MAX = 8_192;

/** A user a server may run as; PostgreSQL refuses root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

export interface ServerProcess {
  /** What the program printed last; for error messages. */
  output(): string;
  /** True once the program has ended. */
  ended(): boolean;
  stop(): Promise<void>;
  /** Ends the program as a crash would. */
  kill(): Promise<void>;
}

/** A new folder under the system's temporary folder, owned by the server's user. */
export async function serverFolder(name: string, user: ServerUser | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `roadstead-${name}-`));
  if (user !== null) await chown(folder, user.uid, user.gid);
  return folder;
}

/** Whom to run as: nobody special unless we are root, else `postgres` or `nobody`. */
export async function unprivilegedUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const users = new Map<string, ServerUser>();
  for (const line of (await readFile("/etc/passwd", "utf8")).split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name !== undefined && uid !== undefined) users.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  return users.get("postgres") ?? users.get("nobody") ?? { uid: 65_534, gid: 65_534 };
}

export function startServerProcess(
  command: readonly string[],
  {
    folder,
    user,
    env = {},
  }: {
    readonly folder: string;
    readonly user: ServerUser | null;
    readonly env?: Readonly<Record<string, string>>;
  },
): ServerProcess {
  const child = spawn("/bin/sh", ["-c", KEEPER, "server", folder, ...command], {
    ...user,
    cwd: folder,
    detached: true,
    env: { PATH: process.env.PATH, HOME: folder, LC_ALL: "C.UTF-8", TZ: "UTC", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_MAX);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  child.stdin.on("error", () => undefined);
  const exited = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", (error) => {
      collect(Buffer.from(error.message));
      resolve();
    });
  });
  doNotHoldProcess(child);
  const endBy = async (signal: string) => {
    child.ref();
    child.stdin.end(signal);
    await exited;
  };
  return {
    output: () => output,
    ended: () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined,
    stop: () => endBy(""),
    kill: () => endBy("KILL\n"),
  };
}

/** A forgotten server must not keep the test runner alive: its keeper ends it when the pipe closes. */
function doNotHoldProcess(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    if (stream !== null && "unref" in stream && typeof stream.unref === "function") stream.unref();
  }
}
