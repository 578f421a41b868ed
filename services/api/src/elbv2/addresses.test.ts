import { expect, test } from "vitest";
import { isCidr, isTargetAddress } from "./addresses.ts";

test.each(["10.0.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "198.18.64.1"])(
  "%s may be a target",
  (address) => expect(isTargetAddress(address)).toBe(true),
);

test.each(["8.8.8.8", "127.0.0.1", "169.254.169.254", "172.32.0.1", "10.0.0", "fd00::1", "10.0.0.1/32", ""])(
  "%j may not be a target",
  (address) => expect(isTargetAddress(address)).toBe(false),
);

test.each(["0.0.0.0/0", "10.1.2.3/32", "::/0", "2001:db8::/128"])("%s is a block", (text) => {
  expect(isCidr(text)).toBe(true);
});

test.each(["10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/08", "10.0.0/8", "10.0.0.0/8/8", ""])(
  "%j is no block",
  (text) => expect(isCidr(text)).toBe(false),
);
