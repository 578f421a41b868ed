import { expect, test } from "vitest";
import { passedRoleArn } from "./passed-role.ts";

test("a bare role name is authorised as a role of the caller's account", () => {
  expect(passedRoleArn({ accountId: "123456789012" }, "app")).toBe("arn:aws:iam::123456789012:role/app");
});

test("a role's ARN is authorised as written", () => {
  expect(passedRoleArn({ accountId: "1" }, "arn:aws:iam::2:role/x/app")).toBe("arn:aws:iam::2:role/x/app");
});
