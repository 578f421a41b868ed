import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Answer } from "./answer-request.ts";
import { askSiblings, hasSiblings, isServing, listenForSiblings, PEER_HEADER } from "./siblings.ts";

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

const anything = () => true;
const by = (name: string) => (answer: Answer) => (answer.body as { readonly name?: string }).name === name;

test("each other agent of the machine is asked, in the container's name", async () => {
  const own = await anAgent("a");
  await anAgent("b");
  await anAgent("c");
  const asked = { path: "/v2/credentials/x", peer: "172.17.0.3" };
  for (const name of ["b", "c"]) {
    expect(await askSiblings(folder, own, asked, by(name))).toEqual({
      status: 418,
      body: { name, ...asked },
    });
  }
  expect(await askSiblings(folder, own, asked, by("a"))).toBeNull();
  expect(await hasSiblings(folder, own)).toBe(true);
});

test("one that is too busy to answer lives all the same, and is asked again", async () => {
  const own = await anAgent("a");
  const silent = createServer(() => undefined);
  const path = await listenForSiblings(silent, folder, "b");
  closing.push(async () => {
    silent.closeAllConnections();
    silent.close();
    await once(silent, "close");
  });
  expect(await hasSiblings(folder, own)).toBe(true);
  await access(path);
});

test("one that never answers keeps nobody from the answer of another", async () => {
  const own = await anAgent("a");
  await anAgent("b");
  const silent = createServer(() => undefined);
  await listenForSiblings(silent, folder, "c");
  closing.push(async () => {
    silent.closeAllConnections();
    silent.close();
    await once(silent, "close");
  });
  const answer = await askSiblings(folder, own, { path: "/", peer: "" }, by("b"));
  expect(answer).toMatchObject({ body: { name: "b" } });
  expect(silent.listening).toBe(true);
});

test("one that died is passed over, and its socket file is removed", async () => {
  const own = await anAgent("a");
  const dead = join(folder, "dead.sock");
  await writeFile(dead, "");
  expect(await askSiblings(folder, own, { path: "/", peer: "" }, anything)).toBeNull();
  expect(await hasSiblings(folder, own)).toBe(false);
  await expect(access(dead)).rejects.toMatchObject({ code: "ENOENT" });
});

test("an agent alone asks nobody, also where there is no folder", async () => {
  expect(await askSiblings(join(folder, "nowhere"), "x", { path: "/", peer: "" }, anything)).toBeNull();
});

test("an agent that comes again takes its own socket file's place", async () => {
  const path = await anAgent("a");
  await closing.pop()?.();
  await writeFile(path, "");
  expect(await anAgent("a")).toBe(path);
});

test("a port is told to be served while anybody listens there", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(await isServing("127.0.0.1", port)).toBe(true);
  server.close();
  await once(server, "close");
  expect(await isServing("127.0.0.1", port)).toBe(false);
});
