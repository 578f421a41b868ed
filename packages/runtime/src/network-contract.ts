/** How a `ContainerRuntime` makes networks, puts containers into them, and imports images; a part of `contract.ts`. */
import { expect, test } from "vitest";
import { type ContractSubject, OPEN_FILES } from "./contract-subject.ts";
import type { ContainerRuntime } from "./runtime.ts";
import { tarOf } from "./tar.ts";

/** Nobody else's: tests of the agent make networks on the same engine at the same time. */
const ADDRESS = "10.197.7.9";
const range = { subnet: "10.197.0.0/16", gateway: "10.197.0.1" };

export function networkTests(subject: ContractSubject, runtime: () => ContainerRuntime): void {
  const network = {
    ...range,
    name: `${subject.label}-network`,
    bridge: "rs-contract",
    labels: { [subject.label]: "network" },
  };
  const withNetwork = async (work: () => Promise<void>) => {
    await runtime().createNetwork(network);
    try {
      await work();
    } finally {
      for (const { id } of await runtime().list([subject.label])) await runtime().remove(id);
      expect(await runtime().removeNetwork(network.name)).toBe(true);
    }
  };
  const create = (name: string, more: object, hostConfig: object) =>
    runtime().create({
      name: `${subject.label}-${name}`,
      body: {
        Image: subject.image,
        Cmd: ["sleep", "60"],
        Labels: { [subject.label]: name },
        ...more,
        HostConfig: { Ulimits: OPEN_FILES, ...hostConfig },
      },
    });
  const createInNetwork = (name: string) =>
    create(
      name,
      { NetworkingConfig: { EndpointsConfig: { [network.name]: { IPAMConfig: { IPv4Address: ADDRESS } } } } },
      { NetworkMode: network.name },
    );

  test("a network is made and removed, both as often as one likes, and its range is nobody else's", async () => {
    await withNetwork(async () => {
      await runtime().createNetwork(network);
      const listed = (await runtime().networks()).filter(({ name }) => name === network.name);
      expect(listed).toEqual([
        { name: network.name, subnets: [network.subnet], labels: expect.objectContaining(network.labels) },
      ]);
      const other = { ...network, name: `${network.name}-2`, bridge: "rs-contract2" };
      await expect(runtime().createNetwork(other)).rejects.toMatchObject({ kind: "Engine" });
    });
    expect((await runtime().networks()).filter(({ name }) => name === network.name)).toEqual([]);
    expect(await runtime().removeNetwork(network.name)).toBe(true);
  });

  test("a container has the address that it was made with, and its network stays while it runs", async () => {
    await withNetwork(async () => {
      const first = await createInNetwork("first");
      const second = await createInNetwork("second");
      await runtime().start(first);
      expect((await runtime().inspect(first))?.addresses).toEqual([ADDRESS]);
      await expect(runtime().start(second)).rejects.toThrow(/already in use/);
      expect(await runtime().removeNetwork(network.name)).toBe(false);
      await runtime().remove(first);
      await runtime().start(second);
    });
  });

  test("a container that was made for a network which went meanwhile starts once that is there again", async () => {
    await withNetwork(async () => {
      const id = await createInNetwork("early");
      await runtime().removeNetwork(network.name);
      await expect(runtime().start(id)).rejects.toMatchObject({ kind: "NotFound" });
      await runtime().createNetwork(network);
      await runtime().start(id);
      expect((await runtime().inspect(id))?.addresses).toEqual([ADDRESS]);
    });
  });

  test("a container joins the network of another by its name, as long as that runs", async () => {
    await withNetwork(async () => {
      const holder = await createInNetwork("holder");
      const joined = await create("joined", {}, { NetworkMode: `container:${subject.label}-holder` });
      await expect(runtime().start(joined)).rejects.toMatchObject({ kind: "Conflict" });
      await runtime().start(holder);
      await runtime().start(joined);
      expect(await runtime().inspect(joined)).toMatchObject({ status: "running", addresses: [] });
    });
  });

  test("an image is made of the files in an archive", async () => {
    const image = `${subject.label}-imported:1`;
    await runtime().importImage(image, tarOf("hello", new TextEncoder().encode("world\n")));
    expect(await runtime().inspectImage(image)).not.toBeNull();
  });
}
