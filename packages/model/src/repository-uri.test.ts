/** Guarantees of repositories' addresses. */
import { expect, test } from "vitest";
import { repositoryUri } from "./repository-uri.ts";

const address = { host: "127.0.0.1:4701", home: { accountId: "000000000000", region: "us-east-1" } };

test("a repository of the home registry is right below the host", () => {
  expect(repositoryUri(address, address.home, "team/web")).toBe("127.0.0.1:4701/team/web");
});

test("another account or region stands between the host and the name", () => {
  const uri = (accountId: string, region: string) => repositoryUri(address, { accountId, region }, "web");
  expect(uri("111122223333", "us-east-1")).toBe("127.0.0.1:4701/111122223333.us-east-1/web");
  expect(uri("000000000000", "eu-west-1")).toBe("127.0.0.1:4701/000000000000.eu-west-1/web");
});
