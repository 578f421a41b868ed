import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askSiblings, hasSiblings, listenForSiblings, PEER_HEADER } from "./siblings.ts";

let folder: string;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roadstead-agents-"));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

/** Answers with its name, what it was asked, and for whom. */
async function anAgent(name: string): Promise<string> {
  const server = createServer((request, response) => {
    response.statusCode = 418;
    response.end(JSON.stringify({ name, path: request.url, peer: request.headers[PEER_HEADER] }));
  });
  const path = await listenForSiblings(server, folder, name);
  closing.push(async () => {
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  });
  return path;
}

test("each other agent of the machine is asked, in the container's name", async () => {
  const own = await anAgent("a");
  await anAgent("b");
  await anAgent("c");
  const answers = await askSiblings(folder, own, { path: "/v2/credentials/x", peer: "172.17.0.3" });
  expect(answers).toEqual(
    ["b", "c"].map((name) => ({
      status: 418,
      body: { name, path: "/v2/credentials/x", peer: "172.17.0.3" },
    })),
  );
  expect(await hasSiblings(folder, own)).toBe(true);
});

test("one that died is passed over, and its socket file is removed", async () => {
  const own = await anAgent("a");
  const dead = join(folder, "dead.sock");
  await writeFile(dead, "");
  expect(await askSiblings(folder, own, { path: "/", peer: "" })).toEqual([]);
  expect(await hasSiblings(folder, own)).toBe(false);
  await expect(access(dead)).rejects.toMatchObject({ code: "ENOENT" });
});

test("an agent alone asks nobody, also where there is no folder", async () => {
  expect(await askSiblings(join(folder, "nowhere"), "x", { path: "/", peer: "" })).toEqual([]);
});

test("an agent that comes again takes its own socket file's place", async () => {
  const path = await anAgent("a");
  await closing.pop()?.();
  await writeFile(path, "");
  expect(await anAgent("a")).toBe(path);
});
