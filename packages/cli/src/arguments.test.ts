import { describe, expect, test } from "vitest";
import { COMMANDS, parseArguments, renderHelp } from "./arguments.ts";

const run = (command: string, flags: object = {}, positionals: readonly string[] = []) => ({
  kind: "run",
  command,
  flags,
  positionals,
});

describe("parseArguments", () => {
  test.each([
    { argv: [], wanted: run("help") },
    { argv: ["--help"], wanted: run("help") },
    { argv: ["--version"], wanted: run("version") },
    { argv: ["up"], wanted: run("up") },
    { argv: ["up", "--processes=split"], wanted: run("up", { processes: "split" }) },
    { argv: ["up", "--processes", "packed"], wanted: run("up", { processes: "packed" }) },
    { argv: ["down", "--purge"], wanted: run("down", { purge: true }) },
    { argv: ["logs", "-f", "edge"], wanted: run("logs", { follow: true }, ["edge"]) },
    { argv: ["demo", "--without-terraform"], wanted: run("demo", { "without-terraform": true }) },
    { argv: ["account", "create"], wanted: run("account create") },
    {
      argv: ["account", "create", "ci", "--agent", "--cpu", "512"],
      wanted: run("account create", { agent: true, cpu: "512" }, ["ci"]),
    },
    { argv: ["up", "--help"], wanted: run("help", {}, ["up"]) },
    { argv: ["account", "create", "-h"], wanted: run("help", {}, ["account", "create"]) },
  ])("reads $argv", ({ argv, wanted }) => expect(parseArguments(argv)).toEqual(wanted));

  test.each([
    { argv: ["frobnicate"], message: 'unknown command "frobnicate"' },
    { argv: ["--frobnicate"], message: 'unknown option "--frobnicate"' },
    { argv: ["account"], message: "account needs one of: account create, account delete-agent" },
    { argv: ["account", "destroy"], message: 'unknown command "account destroy"' },
    { argv: ["account", "delete-agent"], message: "an argument is missing" },
    { argv: ["up", "--fast"], message: "Unknown option '--fast'" },
    { argv: ["up", "now"], message: 'unexpected argument "now"' },
    { argv: ["up", "--processes=many"], message: '--processes takes packed or split, not "many"' },
    { argv: ["constructor"], message: 'unknown command "constructor"' },
  ])("refuses $argv and names what is wrong", ({ argv, message }) =>
    expect(parseArguments(argv)).toMatchObject({ kind: "misuse", message }),
  );

  test("shows the usage of the command that was misused", () =>
    expect(parseArguments(["logs", "a", "b"])).toMatchObject({ usage: `roadstead ${COMMANDS.logs.usage}` }));

  test("help names every command", () => {
    for (const { usage } of Object.values(COMMANDS)) expect(renderHelp()).toContain(usage);
  });
});
