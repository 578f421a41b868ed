/** Chooses the user a private database runs as: PostgreSQL refuses root. Makes one where there is none. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Failure } from "../failure.ts";
import { say } from "../progress.ts";
import { findProgram } from "./find-program.ts";

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ["postgres", "roadstead"];

/** Null when we are not root: then servers run as ourselves. */
export function serverUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null;
  return findUser() ?? createUser();
}

export function parsePasswd(passwd: string, name: string): ServerUser | null {
  const fields = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find((line) => line[0] === name);
  return fields ? { uid: Number(fields[2]), gid: Number(fields[3]) } : null;
}

function findUser(): ServerUser | null {
  const passwd = readFileSync("/etc/passwd", "utf8");
  for (const name of CANDIDATES) {
    const user = parsePasswd(passwd, name);
    if (user) return user;
  }
  return null;
}

function createUser(): ServerUser {
  say("→ Making the system user roadstead: PostgreSQL does not run as root");
  if (findProgram("useradd")) execFileSync("useradd", ["--system", "--no-create-home", "roadstead"]);
  else execFileSync("adduser", ["-S", "-D", "-H", "roadstead"]);
  const user = findUser();
  if (!user) throw new Failure("the user roadstead could not be made", "useradd --system roadstead");
  return user;
}
