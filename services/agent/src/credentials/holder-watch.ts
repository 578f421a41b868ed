/**
 * Tells the agents of a machine at once when the one that holds their address is gone, so that no container asks in vain for
 * long: the holder's end, whatever kind of end, closes what the others are connected to. The endpoint uses it.
 */
import { once } from "node:events";
import { mkdir, readdir, rm } from "node:fs/promises";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";

const SUFFIX = ".holder";

export interface Holding {
  /** Whoever watches hears of it. */
  end(): Promise<void>;
}

/** `name` is the agent's own in that folder. */
export async function announceHolding(folder: string, name: string): Promise<Holding> {
  const watching = new Set<Socket>();
  const server = createServer((socket) => {
    watching.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => watching.delete(socket));
  });
  const path = join(folder, `${name}${SUFFIX}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  server.listen(path);
  await once(server, "listening");
  return {
    async end() {
      const ended = once(server, "close");
      server.close();
      for (const socket of watching) socket.destroy();
      await ended;
    },
  };
}

export interface HolderWatch {
  /** Connects to who holds now, unless that is so already. */
  look(): Promise<void>;
  /** Whether there is one whose end will be heard of. */
  isWatching(): boolean;
  /** Calls back no more. */
  stop(): void;
}

/** Calls back each time that a holder it had found is gone. */
export function watchHolder(folder: string, gone: () => void): HolderWatch {
  const connected = new Map<string, Socket>();
  const found = new Set<string>();
  let isStopped = false;
  const connect = (path: string) => {
    const socket = createConnection(path);
    connected.set(path, socket);
    socket.once("connect", () => found.add(path));
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      // Left behind by one that was killed.
      if (code === "ECONNREFUSED") rm(path, { force: true }).catch(() => undefined);
    });
    // It never says anything, and must not keep a process alive.
    socket.resume().unref();
    socket.once("close", () => {
      connected.delete(path);
      if (found.delete(path) && !isStopped) gone();
    });
  };
  return {
    async look() {
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(SUFFIX));
      const unknown = names.map((name) => join(folder, name)).filter((path) => !connected.has(path));
      if (!isStopped) for (const path of unknown) connect(path);
    },
    isWatching: () => found.size > 0,
    stop() {
      isStopped = true;
      for (const socket of connected.values()) socket.destroy();
    },
  };
}
