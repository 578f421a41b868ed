/** Parses the launcher's command line against one table of commands; main.ts calls this. Pure. */
import { parseArgs } from "node:util";

interface Flag {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** The only values it takes. */
  readonly values?: readonly string[];
}

export interface CommandSyntax {
  readonly usage: string;
  readonly summary: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly positionals: { readonly min: number; readonly max: number };
}

const none = { min: 0, max: 0 };

export const COMMANDS = {
  up: {
    usage: "up [--minio] [--processes=packed|split] [--listen ADDRESS]",
    summary:
      "start everything and return when it is ready; safe to repeat. --minio keeps images in MinIO, installed where it is missing; --listen opens TLS ports for other machines",
    flags: {
      minio: { type: "boolean" },
      processes: { type: "string", values: ["packed", "split"] },
      listen: { type: "string" },
    },
    positionals: none,
  },
  down: {
    usage: "down [--tasks | --purge]",
    summary:
      "stop the control plane and leave tasks running; --tasks stops those too, --purge removes everything",
    flags: { tasks: { type: "boolean" }, purge: { type: "boolean" } },
    positionals: none,
  },
  demo: {
    usage: "demo [--without-terraform | --remove]",
    summary:
      "start everything, push an image, run it as a service, roll it, heal it and delete it; then make a Fargate service behind HTTPS, with Terraform where it is at hand, and leave it running. --remove removes that",
    flags: { "without-terraform": { type: "boolean" }, remove: { type: "boolean" } },
    positionals: none,
  },
  test: {
    usage: "test [--minio]",
    summary: "install what the tests need and run all of them; --minio keeps images in MinIO meanwhile",
    flags: { minio: { type: "boolean" } },
    positionals: none,
  },
  env: {
    usage: "env [--profile NAME]",
    summary: "print the exports that point AWS clients here, or write them as an AWS profile",
    flags: { profile: { type: "string" } },
    positionals: none,
  },
  status: {
    usage: "status [--json]",
    summary: "show each process with its memory and readiness, the endpoints and the lag",
    flags: { json: { type: "boolean" } },
    positionals: none,
  },
  doctor: {
    usage: "doctor",
    summary: "check this machine; each failure names its fix",
    flags: {},
    positionals: none,
  },
  logs: {
    usage: "logs [PROCESS|SERVICE|TASK] [-f] [--cluster NAME]",
    summary: "print the newest log lines of a process, or of a service's or task's containers; -f follows",
    flags: { follow: { type: "boolean", short: "f" }, cluster: { type: "string" } },
    positionals: { min: 0, max: 1 },
  },
  "account create": {
    usage: "account create [NAME] [--agent [--cpu UNITS] [--memory MIB]]",
    summary: "make an account, with an agent of this machine if asked, and print its administrator's exports",
    flags: {
      agent: { type: "boolean" },
      cpu: { type: "string" },
      memory: { type: "string" },
    },
    positionals: { min: 0, max: 1 },
  },
  "account delete-agent": {
    usage: "account delete-agent ACCOUNT",
    summary: "stop and forget this machine's agent of that account",
    flags: {},
    positionals: { min: 1, max: 1 },
  },
  "agent token": {
    usage: "agent token [--cluster NAME] [--account ID] [--region NAME] [--ttl 1h]",
    summary: "print the line that makes another machine a container instance, once",
    flags: {
      cluster: { type: "string" },
      account: { type: "string" },
      region: { type: "string" },
      ttl: { type: "string" },
    },
    positionals: none,
  },
  "agent tokens": {
    usage: "agent tokens [--json]",
    summary: "list the tokens that a machine could still join with",
    flags: { json: { type: "boolean" } },
    positionals: none,
  },
  "agent revoke-token": {
    usage: "agent revoke-token ID",
    summary: "make a token useless",
    flags: {},
    positionals: { min: 1, max: 1 },
  },
  "agent list": {
    usage: "agent list [--json]",
    summary: "list the agents of all machines",
    flags: { json: { type: "boolean" } },
    positionals: none,
  },
  "agent revoke": {
    usage: "agent revoke AGENT-OR-INSTANCE",
    summary: "refuse an agent's key from now on and deregister its container instance",
    flags: {},
    positionals: { min: 1, max: 1 },
  },
  "agent join": {
    usage: "agent join TOKEN",
    summary: "make this machine a container instance of the control plane that made the token",
    flags: {},
    positionals: { min: 1, max: 1 },
  },
  "agent status": {
    usage: "agent status",
    summary: "say how this joined machine's agent is",
    flags: {},
    positionals: none,
  },
  "agent start": {
    usage: "agent start",
    summary: "start this joined machine's agent and wait until it is connected",
    flags: {},
    positionals: none,
  },
  "agent stop": {
    usage: "agent stop",
    summary: "stop this joined machine's agent; its containers go on",
    flags: {},
    positionals: none,
  },
  "agent leave": {
    usage: "agent leave",
    summary: "stop this joined machine's agent and forget that it joined",
    flags: {},
    positionals: none,
  },
  lb: {
    usage: "lb [--json]",
    summary: "list the load balancers with their addresses, names and listeners",
    flags: { json: { type: "boolean" } },
    positionals: none,
  },
  migrate: {
    usage: "migrate",
    summary: "bring the database to this release's schema",
    flags: {},
    positionals: none,
  },
  "dead-letters": {
    usage: "dead-letters [--json]",
    summary: "list the work that failed for good",
    flags: { json: { type: "boolean" } },
    positionals: none,
  },
  version: {
    usage: "version",
    summary: "print the version",
    flags: {},
    positionals: none,
  },
  help: {
    usage: "help [COMMAND]",
    summary: "print this",
    flags: {},
    positionals: { min: 0, max: 2 },
  },
} as const satisfies Readonly<Record<string, CommandSyntax>>;

type CommandName = keyof typeof COMMANDS;

/** Flags as given; absent ones are missing. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

export interface Invocation {
  readonly kind: "run";
  readonly command: CommandName;
  readonly flags: Flags;
  readonly positionals: readonly string[];
}

export interface Misuse {
  readonly kind: "misuse";
  readonly message: string;
  readonly usage: string;
}

export function parseArguments(argv: readonly string[]): Invocation | Misuse {
  const [first, second] = argv;
  if (first === undefined || first === "-h" || first === "--help") return run("help");
  if (first === "--version" || first === "-V") return run("version");
  const two = `${first} ${second ?? ""}`;
  const name = isCommand(two) ? two : first;
  if (!isCommand(name)) return misuse(unknownCommand(first, second), `roadstead COMMAND\n\n${renderHelp()}`);
  const rest = argv.slice(name.split(" ").length);
  if (rest.includes("--help") || rest.includes("-h")) return run("help", name.split(" "));
  return parseFlags(name, COMMANDS[name], rest);
}

function parseFlags(name: CommandName, syntax: CommandSyntax, rest: readonly string[]): Invocation | Misuse {
  const usage = `roadstead ${syntax.usage}`;
  const options = Object.fromEntries(
    Object.entries(syntax.flags).map(([flag, { type, short }]) => [
      flag,
      { type, ...(short ? { short } : {}) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      options,
      allowPositionals: true,
      strict: true,
    });
    const { min, max } = syntax.positionals;
    if (positionals.length > max) return misuse(`unexpected argument "${positionals[max]}"`, usage);
    if (positionals.length < min) return misuse("an argument is missing", usage);
    for (const [flag, { values: allowed }] of Object.entries(syntax.flags)) {
      const given = values[flag];
      if (allowed && typeof given === "string" && !allowed.includes(given)) {
        return misuse(`--${flag} takes ${allowed.join(" or ")}, not "${given}"`, usage);
      }
    }
    return { kind: "run", command: name, flags: values as Flags, positionals };
  } catch (error) {
    const [sentence] = String(error instanceof Error ? error.message : error).split(". ");
    return misuse(sentence ?? "wrong arguments", usage);
  }
}

const isCommand = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name);

const run = (command: CommandName, positionals: readonly string[] = []): Invocation => ({
  kind: "run",
  command,
  flags: {},
  positionals,
});

const misuse = (message: string, usage: string): Misuse => ({
  kind: "misuse",
  message,
  usage,
});

function unknownCommand(first: string, second: string | undefined): string {
  const group = Object.keys(COMMANDS).filter((name) => name.startsWith(`${first} `));
  if (group.length > 0)
    return second ? `unknown command "${first} ${second}"` : `${first} needs one of: ${group.join(", ")}`;
  return first.startsWith("-") ? `unknown option "${first}"` : `unknown command "${first}"`;
}

export function renderHelp(command?: string): string {
  if (command !== undefined && isCommand(command)) {
    return `usage: roadstead ${COMMANDS[command].usage}\n\n  ${COMMANDS[command].summary}\n`;
  }
  const all = Object.values(COMMANDS);
  return `commands:\n${all.map(({ usage, summary }) => `  ${usage}\n      ${summary}\n`).join("")}`;
}
