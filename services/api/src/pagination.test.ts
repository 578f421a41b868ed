import { createSecretBox } from "@roadstead/db/secrets";
import { describe, expect, test } from "vitest";
import type { ApiContext } from "./context.ts";
import { loadPage } from "./pagination.ts";

const ctx = {
  scope: { id: 1, accountId: "1", region: "r" },
  pageTokens: createSecretBox([{ id: "k", key: new Uint8Array(32) }], "page-tokens"),
} as unknown as ApiContext;
const ROWS = ["a", "b", "c", "d", "e"];

const page = (input: { maxResults?: number; nextToken?: string }, filter: unknown = null, context = ctx) =>
  loadPage({
    ctx: context,
    operation: "List",
    filter,
    input,
    defaultSize: 2,
    maxSize: 3,
    load: async (after, limit) => ROWS.filter((row) => row > after).slice(0, limit),
    keyOf: (row) => row,
  });

describe("a list in pages", () => {
  test("shows every row once and ends without a token", async () => {
    const seen: string[][] = [];
    let nextToken: string | undefined;
    do {
      const shown = await page(nextToken === undefined ? {} : { nextToken });
      seen.push([...shown.rows]);
      nextToken = shown.nextToken;
    } while (nextToken !== undefined);
    expect(seen).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  test("has no token when the last page is exactly full", async () => {
    const { nextToken } = await page({ maxResults: 2 });
    const full = await page({ maxResults: 3, nextToken: nextToken ?? "" });
    expect(full).toEqual({ rows: ["c", "d", "e"], nextToken: undefined });
  });

  test("goes on with another page size, but not with another filter or in another scope", async () => {
    const { nextToken = "" } = await page({ maxResults: 1 });
    expect((await page({ maxResults: 3, nextToken })).rows).toEqual(["b", "c", "d"]);
    await expect(page({ nextToken }, "other")).rejects.toThrow("Invalid token.");
    const elsewhere = { ...ctx, scope: { ...ctx.scope, id: 2 } };
    await expect(page({ nextToken }, null, elsewhere)).rejects.toThrow("Invalid token.");
    await expect(page({ nextToken: `${nextToken}x` })).rejects.toThrow("Invalid token.");
  });

  test.each([0, -1, 4, 1.5])("refuses a page of %d", (maxResults) =>
    expect(page({ maxResults })).rejects.toThrow("maxResults must be between 1 and 3."),
  );
});
