import { expect, test } from "vitest";
import { createFlights } from "./flights.ts";

const staying = () => new AbortController().signal;

test("what many want is done once, and each hears how it ended", async () => {
  const flights = createFlights();
  const landing = Promise.withResolvers<void>();
  let begun = 0;
  const begin = () => {
    begun += 1;
    return landing.promise;
  };
  const joined = [1, 2, 3].map(() => flights.join("web", staying(), begin));
  const other = flights.join("other", staying(), begin);
  landing.reject(new Error("no"));
  for (const one of [...joined, other]) await expect(one).rejects.toThrow("no");
  expect(begun).toBe(2);
  await flights.join("web", staying(), async () => {
    begun += 1;
  });
  expect(begun).toBe(3);
});

test("who leaves early holds nobody up, and what nobody waits for any more is cancelled", async () => {
  const flights = createFlights();
  const [first, second] = [new AbortController(), new AbortController()];
  let given: AbortSignal | undefined;
  const begin = (signal: AbortSignal) => {
    given = signal;
    return new Promise<void>(() => undefined);
  };
  const one = flights.join("web", first.signal, begin);
  const two = flights.join("web", second.signal, begin);
  first.abort(new Error("left"));
  await expect(one).rejects.toThrow("left");
  expect(given?.aborted).toBe(false);
  second.abort(new Error("left too"));
  await expect(two).rejects.toThrow("left too");
  expect(given?.aborted).toBe(true);
  await expect(flights.join("web", staying(), async () => undefined)).resolves.toBeUndefined();
});

test("who has left before it begins, begins nothing", async () => {
  const begun: string[] = [];
  const joined = createFlights().join("web", AbortSignal.abort(), async () => void begun.push("web"));
  await expect(joined).rejects.toMatchObject({ name: "AbortError" });
  expect(begun).toEqual([]);
});
