import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { machineAddress } from "./machine-address.ts";

test("on the control plane's own machine there is nothing to say", async () => {
  expect(await machineAddress("http://127.0.0.1:4700")).toBeNull();
  expect(await machineAddress("http://localhost:4700")).toBeNull();
  const outer = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal);
  for (const { address } of outer) expect(await machineAddress(`https://${address}:4750`)).toBeNull();
});

test("a control plane that cannot be found keeps no machine from registering", async () => {
  expect(await machineAddress("https://no-such-host.invalid:4750")).toBeNull();
});
