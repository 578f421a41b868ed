/** A HAProxy of a test's own, and targets behind it that can be made slow or ill. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  badGateway,
  emptyConfiguration,
  haproxyArguments,
  haproxyFiles,
} from "@roadstead/balancing/installation-files";

export const HAPROXY =
  ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy"].find(existsSync) ?? null;

export interface TestHaproxy {
  readonly folder: string;
  start(): Promise<void>;
  /** As a crash of the machine's memory would: the master and its workers. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

export async function aHaproxy(): Promise<TestHaproxy> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-haproxy-"));
  const files = haproxyFiles(folder);
  await writeFile(files.badGateway, badGateway());
  await writeFile(files.configuration, emptyConfiguration(folder, process.getuid?.() === 0));
  let child: ChildProcess | null = null;
  const kill = async () => {
    const running = child;
    child = null;
    if (!running?.pid || running.exitCode !== null) return;
    const ended = once(running, "exit");
    process.kill(-running.pid, "SIGKILL");
    await ended;
  };
  return {
    folder,
    async start() {
      child = spawn(HAPROXY ?? "haproxy", [...haproxyArguments(folder)], { detached: true, stdio: "ignore" });
    },
    kill,
    async remove() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface TestTarget {
  readonly port: number;
  /** What the health check is answered. */
  status: number;
  /** Requests other than checks. */
  readonly requests: string[];
  /** Answers the requests for `/slow` that wait, and each that comes from then on. */
  answerSlow(): void;
  close(): Promise<void>;
}

/** Answers its own port; at `/large-answer` with a large header, `/slow` after `slowMs`, or when it is told to. */
export async function aTarget(slowMs = Number.POSITIVE_INFINITY): Promise<TestTarget> {
  const target = { status: 200, requests: [] as string[] };
  const told = Promise.withResolvers<void>();
  const server: Server = createServer({ maxHeaderSize: 100_000 }, (request, response) => {
    if (request.headers["user-agent"]?.startsWith("ELB-HealthChecker")) {
      response.statusCode = target.status;
      response.end();
      return;
    }
    target.requests.push(request.url ?? "");
    const answer = () =>
      response.end(JSON.stringify({ port, peer: request.socket.remoteAddress, headers: request.headers }));
    if (request.url === "/large-answer") response.setHeader("x-large", "a".repeat(31_000));
    if (request.url !== "/slow") answer();
    else if (Number.isFinite(slowMs)) setTimeout(answer, slowMs);
    else void told.promise.then(answer);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(target, {
    port,
    answerSlow: told.resolve,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
