/** Remembers, across test workers and after the stack is gone, which accounts ran tasks; the leak check reads it. */
import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const listOf = (dataDir: string): string => join(tmpdir(), `${basename(dataDir)}.accounts`);

const here: string[] = [];
/** Of the test file that asks; each has this module for itself. */
export const accountsOfThisFile = (): readonly string[] => here;

export function noteAccount(dataDir: string, accountId: string): void {
  here.push(accountId);
  appendFileSync(listOf(dataDir), `${accountId}\n`);
}

export function accountsUsed(dataDir: string): readonly string[] {
  const list = listOf(dataDir);
  if (!existsSync(list)) return [];
  return readFileSync(list, "utf8")
    .split("\n")
    .filter((id) => id !== "");
}

export const forgetAccounts = (dataDir: string): void => rmSync(listOf(dataDir), { force: true });
