/** What a session remembers of what it sent and heard. */
import { clusterArn, containerInstanceArn } from "@roadstead/model/arn";
import { describe, expect, test } from "vitest";
import { createAcsSession } from "./acs-session.ts";

const place = { accountId: "000000000000", region: "us-east-1" };
const RUN = { id: "t1", desiredStatus: "RUNNING" } as const;
const STOP = { id: "t1", desiredStatus: "STOPPED" } as const;

function aSession() {
  const sent: string[] = [];
  const session = createAcsSession({
    id: { instanceId: "i1", epoch: 1 },
    instance: {
      id: "i1",
      arn: containerInstanceArn(place, "dev", "i1"),
      clusterName: "dev",
      clusterArn: clusterArn(place, "dev"),
      place,
    },
    socket: {
      send: (type) => void sent.push(type),
      reject: () => undefined,
      isBusy: () => false,
      isOpen: () => true,
      ping: () => undefined,
      close: () => undefined,
      closed: new Promise(() => undefined),
    },
    heartbeatMs: 100,
    resendMs: 1_000,
    now: 0,
    phase: 0.5,
  });
  return { session, sent };
}

describe("an assignment in flight", () => {
  test("is acknowledged once, and by its own message alone", () => {
    const { session } = aSession();
    session.expectAck("m1", RUN);
    expect(session.acknowledge("other")).toBeNull();
    expect(session.acknowledge("m1")?.task).toEqual(RUN);
    expect(session.acknowledge("m1")).toBeNull();
  });

  test("stays in flight until its acknowledgement is written", () => {
    const { session } = aSession();
    session.expectAck("m1", RUN);
    const ack = session.acknowledge("m1");
    expect(session.inFlight()).toEqual(["t1:RUNNING"]);
    ack?.settled();
    expect(session.inFlight()).toEqual([]);
  });

  test("to run and to stop are two", () => {
    const { session } = aSession();
    session.expectAck("m1", RUN);
    session.expectAck("m2", STOP);
    session.acknowledge("m2")?.settled();
    expect(session.inFlight()).toEqual(["t1:RUNNING"]);
  });

  test("is due again after a while, acknowledged or not, for a write may fail", () => {
    const { session } = aSession();
    const before = performance.now();
    session.expectAck("m1", RUN);
    session.acknowledge("m1");
    expect(session.expireInFlight(before + 1_000)).toBe(0);
    expect(session.expireInFlight(performance.now() + 1_001)).toBe(1);
    expect(session.inFlight()).toEqual([]);
  });
});

describe("a heartbeat", () => {
  test("goes out once in each interval, the first at the session's own phase", () => {
    const { session, sent } = aSession();
    for (const now of [0, 49, 50, 51, 149, 150, 151]) session.heartbeat(now);
    expect(sent).toEqual(["HeartbeatMessage", "HeartbeatMessage"]);
  });
});

describe("work of a session", () => {
  test("keeps its order, and one failure does not stop the rest", async () => {
    const { session } = aSession();
    const done: number[] = [];
    const failing = session.inOrder(() => Promise.reject(new Error("no")));
    const following = session.inOrder(async () => void done.push(1));
    await expect(failing).rejects.toThrow("no");
    await following;
    expect(done).toEqual([1]);
  });

  test("asked for several times while it waits runs once; asked for while it runs, once more", async () => {
    const { session } = aSession();
    let runs = 0;
    const work = async () => {
      runs += 1;
      if (runs === 1) void session.inOrderOnce(work);
    };
    await Promise.all([session.inOrderOnce(work), session.inOrderOnce(work), session.inOrderOnce(work)]);
    await session.inOrder(async () => undefined);
    expect(runs).toBe(2);
  });
});
