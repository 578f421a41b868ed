/** Reads and changes the network of the caller's account and region, which the first look at it makes. */
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import { ensureNetwork, lockNetwork } from "@roadstead/db/networks";
import type { ApiContext } from "../context.ts";

export async function readNetwork<T>(ctx: ApiContext, load: (tx: ReadTx) => Promise<T>): Promise<T> {
  await ensureNetwork(ctx.db, ctx.scope);
  return ctx.db.read(load);
}

/** One change at a time in a network: blocks that overlap, names and dependencies are then simply looked at. */
export async function changeNetwork<T>(ctx: ApiContext, change: (tx: WriteTx) => Promise<T>): Promise<T> {
  await ensureNetwork(ctx.db, ctx.scope);
  return ctx.db.write(async (tx) => {
    await lockNetwork(tx, ctx.scope.id);
    return change(tx);
  });
}
