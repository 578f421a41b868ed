/** `roadstead dead-letters`: lists the work that failed ten times and waits for a person. */
import { listDeadLetters } from "@roadstead/db/bells";
import type { Flags } from "../arguments.ts";
import { databaseUrl, withDb } from "../database.ts";
import { requireStack } from "../stack.ts";
import { table } from "../status-report.ts";

export async function deadLetters(flags: Flags): Promise<void> {
  const { settings, remembered } = requireStack();
  const letters = await withDb(databaseUrl(settings, remembered), listDeadLetters);
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
