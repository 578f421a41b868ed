/** Finds a static busybox, the whole content of the demo's image; installs it where it is missing. */
import { readFileSync } from "node:fs";
import { Failure } from "../failure.ts";
import { findProgram } from "./find-program.ts";
import { installPackages } from "./system-packages.ts";

export async function ensureBusybox(): Promise<string> {
  const found = findStatic();
  if (found) return found;
  await installPackages("a static busybox, the demo's image", {
    "apt-get": ["busybox-static"],
    dnf: ["busybox"],
    apk: ["busybox-static"],
  });
  const installed = findStatic();
  if (!installed) throw new Failure("no statically linked busybox was found", "install busybox-static");
  return installed;
}

function findStatic(): string | null {
  const candidates = ["busybox", "busybox.static"].map((name) => findProgram(name));
  return candidates.find((path) => path !== null && isStatic(readFileSync(path))) ?? null;
}

const PROGRAM_HEADER_INTERPRETER = 3;

/** An ELF file without an interpreter needs no libraries. */
export function isStatic(elf: Buffer): boolean {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2) return false;
  const offset = Number(elf.readBigUInt64LE(32));
  const size = elf.readUInt16LE(54);
  const count = elf.readUInt16LE(56);
  const types = Array.from({ length: count }, (_, at) => elf.readUInt32LE(offset + at * size));
  return !types.includes(PROGRAM_HEADER_INTERPRETER);
}
