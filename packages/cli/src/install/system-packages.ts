/** Installs packages with the system's package manager, as root; Redis, Docker and the demo's busybox come this way. */
import { readdirSync } from "node:fs";
import { Failure } from "../failure.ts";
import { runStep } from "../progress.ts";
import { findProgram } from "./find-program.ts";

type Manager = "apt-get" | "dnf" | "apk";

/** A package's name where it differs between distributions. */
export type PackageNames = Readonly<Record<Manager, readonly string[]>>;

export const canInstallPackages = (): boolean => process.getuid?.() === 0 && packageManager() !== null;

export async function installPackages(what: string, names: PackageNames): Promise<void> {
  const manager = packageManager();
  if (manager === null || process.getuid?.() !== 0) {
    throw new Failure(`${what} is missing`, `install ${names["apt-get"].join(" ")} or run this as root`);
  }
  const packages = names[manager];
  if (manager === "apt-get" && !hasPackageLists()) {
    await runStep({
      title: "Fetching the package lists (apt-get update)",
      command: manager,
      args: ["update"],
    });
  }
  await runStep({
    title: `Installing ${what}: ${manager} install ${packages.join(" ")}`,
    command: manager,
    args: [...installArguments(manager), ...packages],
    env: { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
  });
}

function packageManager(): Manager | null {
  const managers: readonly Manager[] = ["apt-get", "dnf", "apk"];
  return managers.find((manager) => findProgram(manager) !== null) ?? null;
}

function installArguments(manager: Manager): readonly string[] {
  switch (manager) {
    case "apt-get":
      return ["install", "-y", "--no-install-recommends"];
    case "dnf":
      return ["install", "-y"];
    case "apk":
      return ["add"];
  }
}

function hasPackageLists(): boolean {
  try {
    return readdirSync("/var/lib/apt/lists").some(
      (file) => file.endsWith("_Packages") || file.includes("_Packages."),
    );
  } catch {
    return false;
  }
}
