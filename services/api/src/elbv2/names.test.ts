import { expect, test } from "vitest";
import { readName } from "./names.ts";

test.each(["web", "a", "Web-2", "x".repeat(32), "internally"])("a load balancer may be called %s", (name) => {
  expect(readName("load balancer", name)).toBe(name);
});

test.each(["", "-web", "web-", "we_b", "we b", "x".repeat(33), "internal-web"])(
  "a load balancer may not be called %j",
  (name) => {
    expect(() => readName("load balancer", name)).toThrow(
      expect.objectContaining({ code: "ValidationError" }),
    );
  },
);

test("only load balancers cannot be called internal", () => {
  expect(readName("target group", "internal-web")).toBe("internal-web");
});
