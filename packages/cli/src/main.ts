/** The launcher's entry: parses the command line, runs one command, and turns failures into text and an exit code. */
import { type Invocation, parseArguments } from "./arguments.ts";
import { Failure } from "./failure.ts";
import { joinedFolder } from "./machine/joined-machine.ts";
import { CommandFailed } from "./progress.ts";
import { dataDirectory, SettingsError } from "./settings.ts";

const EXIT_FAILURE = 1;
const EXIT_MISUSE = 2;

async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed.kind === "misuse") {
    process.stderr.write(`roadstead: ${parsed.message}\nusage: ${parsed.usage}\n`);
    return EXIT_MISUSE;
  }
  try {
    const code = await run(parsed);
    return typeof code === "number" ? code : 0;
  } catch (error) {
    return report(error);
  }
}

/** Commands load only what they need: `env` answers before a database client would be read. */
async function run({ command, flags, positionals }: Invocation): Promise<unknown> {
  switch (command) {
    case "up":
      return (await import("./commands/up.ts")).up(flags);
    case "down":
      return (await import("./commands/down.ts")).down(flags);
    case "demo":
      return (await import("./commands/demo.ts")).demo(flags);
    case "test":
      return (await import("./commands/test.ts")).test(flags);
    case "env":
      return (await import("./commands/env.ts")).env(flags);
    case "status":
      return (await import("./commands/status.ts")).status(flags);
    case "doctor":
      return (await import("./commands/doctor.ts")).doctor();
    case "logs":
      return (await import("./commands/logs.ts")).logs(positionals[0], flags);
    case "account create":
      return (await import("./commands/account-create.ts")).accountCreate(positionals[0], flags);
    case "account delete-agent":
      return (await import("./commands/account-delete-agent.ts")).accountDeleteAgent(positionals[0] ?? "");
    case "agent token":
      return (await import("./commands/agent-token.ts")).agentToken(flags);
    case "agent tokens":
      return (await import("./commands/agent-tokens.ts")).agentTokens(flags);
    case "agent revoke-token":
      return (await import("./commands/agent-tokens.ts")).agentRevokeToken(positionals[0] ?? "");
    case "agent list":
      return (await import("./commands/agent-list.ts")).agentList(flags);
    case "agent revoke":
      return (await import("./commands/agent-revoke.ts")).agentRevoke(positionals[0] ?? "");
    case "agent join":
      return (await import("./commands/agent-join.ts")).agentJoin(positionals[0] ?? "");
    case "agent status":
    case "agent start":
    case "agent stop":
    case "agent leave":
      return (await import("./machine/commands.ts")).machineCommand(command, joinedHome());
    case "lb":
      return (await import("./commands/lb.ts")).listBalancers(flags);
    case "migrate":
      return (await import("./commands/migrate.ts")).migrateCommand();
    case "dead-letters":
      return (await import("./commands/dead-letters.ts")).deadLetters(flags);
    case "version":
      return (await import("./commands/version.ts")).version();
    case "help":
      return (await import("./commands/help.ts")).help(positionals.join(" "));
    default:
      return command satisfies never;
  }
}

const joinedHome = (): string => joinedFolder(dataDirectory(process.env, process.getuid?.() ?? 0));

function report(error: unknown): number {
  if (error instanceof Failure) {
    process.stderr.write(`roadstead: ${error.message}\n${error.fix ? `  fix: ${error.fix}\n` : ""}`);
    return EXIT_FAILURE;
  }
  if (error instanceof SettingsError || error instanceof CommandFailed) {
    process.stderr.write(`roadstead: ${error.message}\n`);
    return error instanceof SettingsError ? EXIT_MISUSE : EXIT_FAILURE;
  }
  process.stderr.write(
    `roadstead: unexpected error\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT_FAILURE;
}

process.exitCode = await main();
