import { expect, test } from "vitest";
import { carriedStates } from "./carried-states.ts";

const CONFIGURATION = "backend tg_a\n  server s1 10.0.0.1:1 check\n  server s2 10.0.0.1:2 check disabled\n";
const HEAD = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight";

test("a server in use keeps how it was found, and nothing of what an older configuration said", () => {
  const state = `${HEAD}\n3 tg_a 1 s1 10.0.0.1 0 4 1\n3 tg_a 2 s2 10.0.0.1 2 4 1\n3 tg_b 1 s1 10.0.0.1 2 0 1\n\n`;
  expect(carriedStates(state, CONFIGURATION)).toBe(`${HEAD}\n3 tg_a 1 s1 10.0.0.1 0 0 1\n`);
});

test("a server that was closed starts as the new configuration says", () => {
  expect(carriedStates(`${HEAD}\n3 tg_a 1 s1 10.0.0.1 0 5 1\n`, CONFIGURATION)).toBe(`${HEAD}\n`);
});
