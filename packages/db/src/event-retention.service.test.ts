/** What the event log keeps, on real PostgreSQL. */
import { expect, test } from "vitest";
import { dropOldEvents } from "./event-retention.ts";
import { useDb } from "./world.test-data.ts";

const at = useDb();

test("events of more than a week ago go, younger ones stay", async () => {
  for (const days of [30, 8, 6, 0]) {
    await at.db.query(
      `INSERT INTO events (scope_id, kind, object_id, version, detail, at)
       VALUES (1, 'task', $1, 1, '{}', now() - make_interval(days => $2))`,
      [`of ${days}`, days],
    );
  }
  expect([await dropOldEvents(at.db), await dropOldEvents(at.db)]).toEqual([2, 0]);
  expect(await at.db.query("SELECT object_id AS id FROM events ORDER BY events.id")).toEqual([
    { id: "of 6" },
    { id: "of 0" },
  ]);
});
