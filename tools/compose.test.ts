/** Holds docker-compose.yml, its front and the image to each other, since nothing here can pull what Compose runs. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { IMAGE_BUNDLES } from "../packages/cli/src/bundles.ts";
import { SPLIT } from "../packages/cli/src/service-processes.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const compose = read("docker-compose.yml");
const services = new Map(
  [
    ...compose
      .slice(compose.indexOf("\nservices:"))
      .matchAll(/^ {2}([a-z-]+):\n((?: {4}.*\n|\n| {2}#.*\n)+)/gm),
  ].map(([, name = "", body = ""]) => [name, body]),
);

test("every process of ours is a service, and the image has it", () => {
  for (const name of SPLIT) {
    expect(services.get(name), name).toContain(`command: [${name}]`);
    expect(IMAGE_BUNDLES).toContain(name);
  }
});

test("only the front publishes ports, and nothing has a fixed name, so that every service scales", () => {
  expect(compose).not.toContain("container_name");
  const publishing = [...services].filter(([, body]) => /^ {4}ports:/m.test(body)).map(([name]) => name);
  expect(publishing).toEqual(["front"]);
});

test("the front sends to services that there are, on the ports that they listen on", () => {
  const targets = [...read("infra/haproxy/haproxy.cfg").matchAll(/server-template \S+ \d+ (\S+):(\d+)/g)];
  expect(targets.map(([, name, port]) => `${name} ${port}`)).toEqual([
    "api 4700",
    "registry 4701",
    "agent-gateway 4702",
    "api 4750",
    "registry 4751",
    "agent-gateway 4752",
  ]);
  for (const [, name = ""] of targets) expect(services.has(name), name).toBe(true);
});

test("no secret has a default, and each is named in the example", () => {
  const secrets = new Set(
    [...compose.matchAll(/\$\{([A-Z_]*PASSWORD)([^}]*)\}/g)].map(([, name, rest]) => `${name}${rest}`),
  );
  expect(secrets.size).toBeGreaterThan(0);
  for (const secret of secrets) {
    expect(secret).toMatch(/^[A-Z]+_PASSWORD:\?/);
    expect(read("infra/compose.env.example")).toContain(`\n${secret.split(":")[0]}=\n`);
  }
});

test("the image is built with the package manager that the repository pins", () => {
  expect(read("infra/Dockerfile")).toContain(JSON.parse(read("package.json")).packageManager);
});
