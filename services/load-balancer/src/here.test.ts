import { expect, test } from "vitest";
import { createHere } from "./here.ts";

test("this machine's own addresses are here, and addresses that lead out of it or nowhere are not", async () => {
  const here = createHere();
  expect(await here(["127.0.0.1", "192.0.2.1", "255.255.255.255"])).toEqual(new Set(["127.0.0.1"]));
});

test("an address is looked at once for a while, however often it is asked about", async () => {
  const looked: string[] = [];
  const here = createHere(async (address) => {
    looked.push(address);
    return address.startsWith("10.");
  });
  expect(await here(["10.0.0.1", "10.0.0.1", "8.8.8.8"])).toEqual(new Set(["10.0.0.1"]));
  expect(await here(["8.8.8.8", "10.0.0.1"])).toEqual(new Set(["10.0.0.1"]));
  expect(looked).toEqual(["10.0.0.1", "8.8.8.8"]);
});
