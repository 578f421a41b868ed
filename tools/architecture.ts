/** The rules of the repository's shape, as pure functions over its files; architecture.test.ts applies them to the real tree. */

export type SourceFile = { readonly path: string; readonly text: string };
export type Manifest = {
  readonly path: string;
  readonly dependencies?: Readonly<Record<string, string>> | undefined;
};

const FILE_LINES_MAX = 300;
const PURE = [
  "model",
  "placement",
  "deployment",
  "iam-policy",
  "messages",
  "balancing",
  "event-pattern",
  "scaling",
];
const VAGUE_NAMES = ["utils", "util", "common", "core", "shared", "helpers", "helper", "index"];
const SERVICES = ["api", "agent-gateway", "registry", "scheduler", "agent"];

/** Each guarded dependency, and the only package that may use it. */
const OWNERS: Readonly<Record<string, string>> = {
  bullmq: "packages/queue",
  dockerode: "packages/runtime",
  "@aws-sdk/core": "packages/aws-protocol",
  "@smithy/core": "packages/aws-protocol",
  minio: "packages/blob-store",
};

/** What is wrong with the files' imports, names and lengths. */
export function fileProblems(file: SourceFile): string[] {
  const problems = importsOf(file.text).flatMap((name) => dependencyProblems(file.path, name));
  const [stem = ""] = (file.path.split("/").at(-1) ?? "").split(".");
  if (VAGUE_NAMES.includes(stem)) problems.push(`${file.path}: the name says nothing`);
  const lines = file.text.trimEnd().split("\n").length;
  if (!isTest(file.path) && lines > FILE_LINES_MAX) problems.push(`${file.path}: ${lines} lines`);
  if (isTest(file.path) && /^\s*(?:test|it|describe)\.only\b/m.test(file.text))
    problems.push(`${file.path}: .only`);
  return problems;
}

/** What is wrong with a package.json's dependencies; those only for tests are free. */
export function manifestProblems({ path, dependencies = {} }: Manifest): string[] {
  return Object.keys(dependencies).flatMap((name) => dependencyProblems(path, name));
}

/** Machine paths have no place in what is published. */
export function publishedTextProblems({ path, text }: SourceFile): string[] {
  return /(?:^|[\s"'`(=])\/(?:work|home\/[a-z]+|Users\/[A-Za-z]+|opt\/dev)\//m.test(text)
    ? [`${path}: machine path`]
    : [];
}

function dependencyProblems(path: string, specifier: string): string[] {
  const home = path.split("/").slice(0, 2).join("/");
  const parts = specifier.split("/");
  const name = specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
  const problems: string[] = [];
  const owner = OWNERS[name];
  if (owner && home !== owner && !isTest(path)) problems.push(`${path}: only ${owner} uses ${name}`);
  const own = name.startsWith("@roadstead/") ? name.slice("@roadstead/".length) : null;
  const isService = own !== null && SERVICES.includes(own);
  const isProduct = home.startsWith("packages/") || home.startsWith("services/");
  if (isService && isProduct && home !== "packages/cli") problems.push(`${path}: imports the service ${own}`);
  const isPure = PURE.some((pure) => home === `packages/${pure}`);
  if (isPure && !isTest(path) && !isPureDependency(home, name, own))
    problems.push(`${path}: pure code imports ${name}`);
  return problems;
}

function isPureDependency(home: string, name: string, own: string | null): boolean {
  if (name.startsWith(".") || (own !== null && PURE.includes(own))) return true;
  return name === "zod" && home === "packages/messages";
}

function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

function importsOf(text: string): string[] {
  const statement = /^(?:import|export)\s(?:[\w$\s,*]|\{[^}]*\})*?\bfrom\s+"([^"]+)"/gm;
  const effect = /^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;
  const found = [...text.matchAll(statement), ...text.matchAll(effect)];
  return found.map((match) => match[1] ?? match[2] ?? "");
}
