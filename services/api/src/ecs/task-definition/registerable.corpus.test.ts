/** Runs real task definitions with known outcomes, where they are at hand, through registration. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { present } from "./present.ts";
import { registerableTaskDefinition } from "./registerable.ts";

const folder = resolve(
  process.env.ROADSTEAD_CORPUS ?? resolve(import.meta.dirname, "../../../../../../shared/corpus"),
  "task-definitions",
);
const atHand = existsSync(resolve(folder, "INDEX.tsv"));
if (!atHand) process.stdout.write(`corpus tests skipped: no INDEX.tsv in ${folder} (set ROADSTEAD_CORPUS)\n`);

interface Case {
  readonly file: string;
  readonly expected: string;
  readonly refusedBy: string;
  readonly confidence: string;
}

function cases(): readonly Case[] {
  if (!atHand) return [];
  const [, ...rows] = readFileSync(resolve(folder, "INDEX.tsv"), "utf8").trimEnd().split("\n");
  return rows.map((row) => {
    const [file = "", , , , , , , expected = "", refusedBy = "", confidence = ""] = row.split("\t");
    return { file, expected, refusedBy, confidence };
  });
}

const DESCRIBE_ONLY = [
  "taskDefinitionArn",
  "revision",
  "status",
  "requiresAttributes",
  "compatibilities",
  "registeredAt",
  "registeredBy",
  "deregisteredAt",
];
/** Clients refuse these before sending; what reaches a server without them would be accepted. */
const REFUSED_BY_CLIENT_ALONE = /^reject: Unknown parameter[^|]*$/;

interface Described {
  readonly requiresAttributes?: readonly { readonly name: string }[];
  readonly compatibilities?: readonly string[];
}

const read = (file: string): unknown => JSON.parse(readFileSync(resolve(folder, file), "utf8"));

/** What deployment tools send: unwrapped, without the members only a description has, without nulls. */
function asSent(json: unknown): RegisterTaskDefinitionCommandInput & Described {
  const wrapped = json as { readonly taskDefinition?: object };
  return present(wrapped.taskDefinition ?? wrapped) as RegisterTaskDefinitionCommandInput & Described;
}

function register(file: string) {
  const members = Object.entries(asSent(read(file))).filter(([member]) => !DESCRIBE_ONLY.includes(member));
  const input = Object.fromEntries(members) as unknown as RegisterTaskDefinitionCommandInput;
  return registerableTaskDefinition(input, { accountId: "123456789012", region: "us-east-1" });
}

const all = cases();
const decided = all.filter(({ confidence }) => confidence !== "doubt");
const ofKind = (pick: (item: Case) => boolean) => decided.filter(pick).map((item) => item.file);
const clientOnly = (item: Case) =>
  item.refusedBy === "client" &&
  (REFUSED_BY_CLIENT_ALONE.test(item.expected) || item.expected.startsWith("reject: root is a JSON array"));

describe.skipIf(!atHand)("real task definitions", () => {
  test.each(ofKind(({ expected }) => expected === "accept"))("%s is accepted", (file) => {
    expect(register(file)).toMatchObject({ ok: true });
  });

  test.each(ofKind((item) => item.expected !== "accept" && item.refusedBy !== "json" && !clientOnly(item)))(
    "%s is refused",
    (file) => {
      expect(register(file)).toMatchObject({ ok: false });
    },
  );

  test.each(ofKind(({ refusedBy }) => refusedBy === "json"))("%s is not JSON", (file) => {
    expect(() => read(file)).toThrow(SyntaxError);
  });

  test.each(ofKind(({ expected }) => expected.startsWith("reject: root is a JSON array")))(
    "%s is a list, which the protocol cannot carry",
    (file) => {
      expect(read(file)).toBeInstanceOf(Array);
    },
  );

  const described = all.filter(({ refusedBy, expected, file }) => {
    if (refusedBy !== "-" || expected !== "accept") return false;
    return asSent(read(file)).requiresAttributes !== undefined;
  });
  test.each(described.map(({ file }) => file))("%s asks for the attributes that ECS answered", (file) => {
    const answered = asSent(read(file)).requiresAttributes ?? [];
    const registration = register(file);
    expect(registration.ok && registration.requiresAttributes.map(({ name }) => name).sort()).toEqual(
      answered.map(({ name }) => name).sort(),
    );
  });
});
