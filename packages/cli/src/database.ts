/** Opens the stack's database for one piece of work; bootstrap and the commands that read rows call this. */
import { readFileSync } from "node:fs";
import { type Db, openDb } from "@roadstead/db/connect";
import { createSecretBox, parseMasterKeys, type SecretBox } from "@roadstead/db/secrets";
import { Failure } from "./failure.ts";
import { dataFiles } from "./files.ts";
import { postgresUrl } from "./install/postgres.ts";
import type { Remembered, Settings } from "./settings.ts";

export function databaseUrl(settings: Settings, remembered: Pick<Remembered, "postgresPort">): string {
  if (settings.databaseUrl) return settings.databaseUrl;
  if (remembered.postgresPort === null) throw new Failure("the stack has no database yet", "./roadstead up");
  return postgresUrl(settings, remembered.postgresPort);
}

export async function withDb<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const db = openDb({ url, max: 2, applicationName: "roadstead-cli" });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

/** The box that access keys are sealed in; the api opens them with the same file. */
export const accessKeyBox = (dataDir: string): SecretBox =>
  createSecretBox(parseMasterKeys(readFileSync(dataFiles(dataDir).masterKey, "utf8")), "access-keys");
