import pg from "pg";
import { expect, test } from "vitest";
import { createTestDatabase, usePostgres } from "./postgres.ts";
import { queryPostgres } from "./postgres-server.ts";

const migrate = async (url: string) =>
  void (await queryPostgres(url, "CREATE TABLE things (id int PRIMARY KEY)"));
const postgres = usePostgres({ migrate });

test.each([1, 2])("every test has an empty, migrated database of its own (%i)", async () => {
  expect(await queryPostgres(postgres.url(), "SELECT * FROM things")).toEqual([]);
  await queryPostgres(postgres.url(), "INSERT INTO things VALUES (1)");
});

test("a connection left open fails the test that left it, and the database goes all the same", async () => {
  const databases = await createTestDatabase({ migrate, disconnectWaitMs: 500 });
  const database = await databases.clone();
  const client = new pg.Client({ connectionString: database.url, application_name: "forgotten" });
  client.on("error", () => undefined);
  await client.connect();
  await expect(database.drop()).rejects.toThrow(/forgotten/);
  await expect(queryPostgres(database.url, "SELECT 1")).rejects.toThrow(/does not exist/);
  await databases.close();
});
