import { expect, test } from "vitest";
import { carriedStates } from "./carried-states.ts";

const CONFIGURATION = "backend tg_a\n  server s1 10.0.0.1:1 check\n  server s2 10.0.0.1:2 check disabled\n";
const HEAD = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight";

const line = (
  backend: string,
  server: string,
  { operational = 0, administrative = 4, port = 1 }: Partial<Record<string, number>>,
) =>
  `3 ${backend} 1 ${server} 10.0.0.1 ${operational} ${administrative} 1 1 7 17 2 3 6 0 0 0 - ${port} - 0 0 - - 0`;

test("a server in use keeps how it was found, and nothing of what an older configuration said", () => {
  const lines = [line("tg_a", "s1", {}), line("tg_a", "s2", { port: 2 }), line("tg_b", "s1", {})];
  expect(carriedStates(`${HEAD}\n${lines.join("\n")}\n\n`, CONFIGURATION)).toBe(
    `${HEAD}\n${line("tg_a", "s1", { administrative: 0 })}\n`,
  );
});

test("a server that was closed starts as the new configuration says", () => {
  expect(carriedStates(`${HEAD}\n${line("tg_a", "s1", { administrative: 5 })}\n`, CONFIGURATION)).toBe(
    `${HEAD}\n`,
  );
});

test("a server that was another target's starts as the new configuration says", () => {
  expect(carriedStates(`${HEAD}\n${line("tg_a", "s1", { port: 7 })}\n`, CONFIGURATION)).toBe(`${HEAD}\n`);
});
