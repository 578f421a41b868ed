/** How a `ContainerRuntime` must fail, and what it must still know afterwards; a part of `contract.ts`. */
import { expect, test, vi } from "vitest";
import { type ContractSubject, OPEN_FILES } from "./contract-subject.ts";
import type { ContainerEvent, ContainerRuntime } from "./runtime.ts";

/** Runs until a number is written to `/tmp/code`, and exits with it; 143 when it is asked to stop. */
const ENDS_ON_REQUEST = [
  "sh",
  "-c",
  'trap "exit 143" TERM; until [ -s /tmp/code ]; do sleep 0.05; done; exit $(cat /tmp/code)',
];
const DEADLINE = { timeout: 10_000, interval: 20 };

export function failureTests(subject: ContractSubject, runtime: () => ContainerRuntime): void {
  endings(subject, runtime);
  portsAndListings(subject, runtime);
}

function specs(subject: ContractSubject) {
  const spec = (
    container: string,
    hostConfig: Readonly<Record<string, unknown>> = { NetworkMode: "none" },
  ) => ({
    name: `${subject.label}-${container}`,
    body: {
      Image: subject.image,
      Cmd: ENDS_ON_REQUEST,
      Labels: { [subject.label]: container },
      HostConfig: { Ulimits: OPEN_FILES, ...hostConfig },
    },
  });
  const publishing = (container: string, port: string) => {
    const made = spec(container, { PortBindings: { "80/tcp": [{ HostPort: port }] } });
    return { ...made, body: { ...made.body, ExposedPorts: { "80/tcp": {} } } };
  };
  return { spec, publishing };
}

function endings(subject: ContractSubject, runtime: () => ContainerRuntime): void {
  const { spec } = specs(subject);
  const untilExited = (id: string) =>
    vi.waitFor(async () => {
      const found = await runtime().inspect(id);
      expect(found?.status).toBe("exited");
      return found;
    }, DEADLINE);

  test.each([0, 1, 7, 255])("a process that ends by itself leaves its exit code (%i)", async (code) => {
    const id = await runtime().create(spec("exit"));
    await runtime().start(id);
    await subject.exit(id, code);
    const ended = await untilExited(id);
    expect(ended).toMatchObject({ exitCode: code, oomKilled: false, pid: null });
    expect(ended?.finishedAt).toBeGreaterThanOrEqual(ended?.startedAt ?? Number.POSITIVE_INFINITY);
  });

  test("a process that heeds the stop signal ends with its own exit code, not the kill's", async () => {
    const id = await runtime().create(spec("polite"));
    await runtime().start(id);
    await runtime().stop(id, 10);
    expect(await runtime().inspect(id)).toMatchObject({ status: "exited", exitCode: 143 });
  });

  test("a container that has ended starts again, and nothing is left of its first end", async () => {
    const id = await runtime().create(spec("again"));
    await runtime().start(id);
    await runtime().kill(id, "SIGKILL");
    await untilExited(id);
    await runtime().start(id);
    expect(await runtime().inspect(id)).toMatchObject({ status: "running", exitCode: null });
  });

  test("killing what does not run is a conflict, and killing what is not there is not", async () => {
    const id = await runtime().create(spec("idle"));
    await expect(runtime().kill(id, "SIGKILL")).rejects.toMatchObject({ kind: "Conflict" });
    await expect(runtime().kill("f00f00f00f00", "SIGKILL")).rejects.toMatchObject({
      kind: "NotFound",
    });
    await expect(runtime().stop("f00f00f00f00", 1)).rejects.toMatchObject({ kind: "NotFound" });
  });
}

function portsAndListings(subject: ContractSubject, runtime: () => ContainerRuntime): void {
  const { spec, publishing } = specs(subject);

  test("a port is held by one container at a time, and free again once that is gone", async () => {
    const port = String(await subject.freePort());
    const holder = await runtime().create(publishing("holder", port));
    const waiting = await runtime().create(publishing("waiting", port));
    await runtime().start(holder);
    expect((await runtime().inspect(holder))?.ports).toContainEqual(
      expect.objectContaining({ containerPort: 80, protocol: "tcp", hostPort: Number(port) }),
    );
    await expect(runtime().start(waiting)).rejects.toMatchObject({ kind: "PortInUse" });
    expect(await runtime().inspect(waiting)).toMatchObject({ status: "created", startedAt: null });
    await runtime().remove(holder);
    await runtime().start(waiting);
    expect((await runtime().inspect(waiting))?.status).toBe("running");
  });

  test("a port nobody named is chosen on start", async () => {
    const id = await runtime().create(publishing("dynamic", ""));
    await runtime().start(id);
    expect((await runtime().inspect(id))?.ports[0]?.hostPort).toBeGreaterThan(1_023);
  });

  test("a list holds every state of its label, and nothing of another's", async () => {
    const ids = [await runtime().create(spec("one")), await runtime().create(spec("two"))];
    await runtime().start(ids[1] ?? "");
    const all = await runtime().list([subject.label]);
    expect(all.map(({ id, status }) => [id, status]).sort()).toEqual(
      [
        [ids[0], "created"],
        [ids[1], "running"],
      ].sort(),
    );
    expect((await runtime().list([`${subject.label}=two`])).map(({ id }) => id)).toEqual([ids[1]]);
    expect(await runtime().list([subject.label, "com.roadstead.test.nobody"])).toEqual([]);
  });

  test("removing what runs is told as its end and then its removal", async () => {
    const id = await runtime().create(spec("removed"));
    const ending = new AbortController();
    const seen: ContainerEvent[] = [];
    const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(DEADLINE.timeout)]);
    await runtime().start(id);
    await runtime().remove(id);
    const events = runtime().events({ labels: [`${subject.label}=removed`], since: "1", signal });
    for await (const event of events) {
      if (event.containerId === id) seen.push(event);
      if (seen.at(-1)?.action === "destroy") ending.abort();
    }
    expect(seen.map(({ action }) => action)).toEqual(["create", "start", "die", "destroy"]);
    expect(seen.map(({ exitCode }) => exitCode)).toEqual([null, null, 137, null]);
  });
}
