/** `roadstead dead-letters`: lists work that failed ten times and events that no target took, which wait for a person. */
import { listDeadLetters } from "@roadstead/db/bells";
import type { Db } from "@roadstead/db/connect";
import { listDeadDeliveries } from "@roadstead/db/event-deliveries";
import type { Flags } from "../arguments.ts";
import { databaseUrl, withDb } from "../database.ts";
import { requireStack } from "../stack.ts";
import { table } from "../status-report.ts";

export async function deadLetters(flags: Flags): Promise<void> {
  const { settings, remembered } = requireStack();
  const letters = await withDb(databaseUrl(settings, remembered), lettersOf);
  if (flags.json) return void process.stdout.write(`${JSON.stringify(letters, null, 2)}\n`);
  if (letters.length === 0) return void process.stdout.write("No dead letters.\n");
  const rows = letters.map((l) => [
    l.diedAt.toISOString(),
    l.kind,
    l.key,
    String(l.attempts),
    l.lastError?.split("\n")[0] ?? "",
  ]);
  process.stdout.write(`${table([["DIED", "KIND", "KEY", "ATTEMPTS", "LAST ERROR"], ...rows]).join("\n")}\n`);
}

const DEAD_DELIVERIES_MAX = 100;

async function lettersOf(db: Db) {
  const deliveries = await listDeadDeliveries(db, DEAD_DELIVERIES_MAX);
  return [
    ...(await listDeadLetters(db)),
    ...deliveries.map(({ rule, targetId, ...letter }) => ({
      ...letter,
      kind: "deliverEvent",
      key: `${rule}/${targetId}`,
    })),
  ];
}
