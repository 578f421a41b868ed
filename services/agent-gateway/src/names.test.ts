import type { Db } from "@roadstead/db/connect";
import { expect, test } from "vitest";
import type { AcsSession } from "./acs-session.ts";
import { createNamesTeller } from "./names.ts";

function aSession(isOpen = true) {
  const sent: unknown[] = [];
  const socket = {
    isOpen: () => isOpen,
    send: (type: string, message: { readonly names: unknown }) => sent.push([type, message.names]),
  };
  return { sent, session: { socket } as unknown as AcsSession };
}

const row = (name: string, address: string) => ({ name, address });
const message = (name: string, address: string) => ["NamesMessage", [{ name, addresses: [address] }]];

test("each agent is told the whole list when it comes and when it changes, and nothing in between", async () => {
  let rows = [row("a.test", "198.18.64.1")];
  const db = { query: async () => rows } as unknown as Db;
  const teller = createNamesTeller();
  const [first, closed] = [aSession(), aSession(false)];
  const live = new Map([
    ["one", first.session],
    ["closed", closed.session],
  ]);
  await teller.sweep(db, live);
  await teller.sweep(db, live);
  expect(first.sent).toEqual([message("a.test", "198.18.64.1")]);
  const second = aSession();
  live.set("two", second.session);
  rows = [row("b.test", "198.18.64.2")];
  await teller.sweep(db, live);
  expect(first.sent.at(-1)).toEqual(message("b.test", "198.18.64.2"));
  expect(second.sent).toEqual([message("b.test", "198.18.64.2")]);
  expect(closed.sent).toEqual([]);
});
