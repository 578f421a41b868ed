import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@roadstead/service-kit/log";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type NameBook, openNameBook } from "./name-book.ts";

const log = createLogger({ service: "test", level: "silent" });
let root: string;
const books: NameBook[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "roadstead-names-"));
});
afterEach(async () => {
  await Promise.all(books.splice(0).map((book) => book.stop()));
  await rm(root, { recursive: true, force: true });
});

async function aBook(name: string, folder = "shared") {
  const dataDir = join(root, name);
  await mkdir(dataDir, { recursive: true });
  const book = await openNameBook({ dataDir, folder: join(root, folder), name, log, lookEveryMs: 20 });
  books.push(book);
  return book;
}

const told = (name: string, address: string) => ({ names: [{ name, addresses: [address] }] });

test("what was told is known, whole, and is known again after a restart without being told", async () => {
  const book = await aBook("one");
  await book.take(told("Web.test", "198.18.64.1"));
  expect(book.names()).toEqual(new Map([["web.test", ["198.18.64.1"]]]));
  await book.take(told("api.test", "198.18.64.2"));
  expect([...book.names().keys()]).toEqual(["api.test"]);
  const again = await aBook("one", "shared-of-another-start");
  expect([...again.names().keys()]).toEqual(["api.test"]);
});

test("one agent answers for what another of the machine was told", async () => {
  const [one, two] = [await aBook("one"), await aBook("two")];
  await one.take(told("a.test", "198.18.64.1"));
  await two.take(told("b.test", "198.18.64.2"));
  await expect.poll(() => [...one.names().keys()].toSorted()).toEqual(["a.test", "b.test"]);
});

test.each([[{}], [{ names: [{ name: "x", addresses: ["no address"] }] }], ["text"]])(
  "%j is not taken, and what was known stays",
  async (unreadable) => {
    const book = await aBook("one");
    await book.take(told("a.test", "198.18.64.1"));
    await book.take(unreadable);
    expect([...book.names().keys()]).toEqual(["a.test"]);
  },
);
