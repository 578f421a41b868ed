import { expect, test } from "vitest";
import { nameserversIn } from "./host-nameservers.ts";

test("nameservers are read in their order; comments, nonsense and our own address are none", () => {
  const text = [
    "# nameserver 192.0.2.9",
    "search example.test",
    "nameserver 192.0.2.1",
    "  nameserver\t2001:db8::1",
    "nameserver nonsense",
    "nameserver 169.254.170.2",
    "nameserver 127.0.0.53 # stub",
  ].join("\n");
  expect(nameserversIn(text)).toEqual(["192.0.2.1", "2001:db8::1", "127.0.0.53"]);
});
