/** `pnpm new:operation ecs RunTask`: writes an operation's file and test, and moves its line from unsupported.ts to operations.ts. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";
import { operationNames } from "./compatibility-table.ts";

const CLIENTS: Readonly<Record<string, object>> = { ecr, ecs, iam, sts };
const USAGE = "usage: pnpm new:operation <ecr|ecs|iam|sts> <OperationName>";

/** Writes into the API service at `apiFolder`; throws, having written nothing, when the name is wrong or taken. */
export function newOperation(apiFolder: string, service: string, name: string): string[] {
  const client = CLIENTS[service];
  if (!client) throw new Error(`no service ${service}; ${USAGE}`);
  if (!operationNames(client).includes(name)) throw new Error(`AWS has no operation ${service}:${name}`);
  const folder = join(apiFolder, "src", service);
  const stem = name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
  const source = join(folder, `${stem}.ts`);
  const testFile = join(folder, `${stem}.test.ts`);
  const list = join(folder, "operations.ts");
  if (existsSync(source) || existsSync(testFile)) throw new Error(`${service}:${name} exists already`);
  const listed = withOperation(readFileSync(list, "utf8"), name, stem);
  writeFileSync(source, sourceOf(service, name));
  writeFileSync(testFile, testOf(name));
  writeFileSync(list, listed);
  const unbuilt = join(folder, "unsupported.ts");
  const lines = readFileSync(unbuilt, "utf8").split("\n");
  writeFileSync(unbuilt, lines.filter((line) => !line.startsWith(`  ${name}:`)).join("\n"));
  return [source, testFile, list, unbuilt];
}

/** operations.ts with one more import and one more line, both in order. */
function withOperation(text: string, name: string, stem: string): string {
  const lines = text.split("\n");
  insertSorted(lines, /^import /, `import { ${valueName(name)} } from "./${stem}.ts";`);
  insertSorted(lines, /^ {2}[A-Z]\w+:/, `  ${name}: ${valueName(name)},`);
  return lines.join("\n");
}

function insertSorted(lines: string[], kind: RegExp, line: string): void {
  const key = (text: string) => /"(.+)\.ts"/.exec(text)?.[1] ?? text;
  const after = lines.findIndex((other) => kind.test(other) && key(other) > key(line));
  const last = lines.findLastIndex((other) => kind.test(other));
  if (last < 0) throw new Error("operations.ts has no line to put this one beside");
  lines.splice(after < 0 ? last + 1 : after, 0, line);
}

function valueName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function sourceOf(service: string, name: string): string {
  return `/** ${service}:${name}. */
import { ${name}$, type ${name}Command } from "@aws-sdk/client-${service}";
import { operation } from "../operation.ts";

export const ${valueName(name)} = operation<${name}Command>(${name}$, {
  authorize: () => {
    throw new Error("${name}: name the action and the resource");
  },
  handle: () => {
    throw new Error("${name}: not written");
  },
});
`;
}

/** Red until its author says what the operation promises. */
function testOf(name: string): string {
  return `/** What ${name} promises. */
import { expect, test } from "vitest";

test("${name} …", () => {
  expect.fail("name a guarantee of ${name} and hold it to it");
});
`;
}

if (import.meta.main) {
  const [service = "", name = ""] = process.argv.slice(2);
  try {
    const api = fileURLToPath(new URL("../services/api", import.meta.url));
    for (const file of newOperation(api, service, name)) console.log(file);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
