import { describe, expect, it } from "vitest";
import { signV4 } from "./sign-v4.ts";
import { dispatch, hooks, KEY, seen } from "./test-server.ts";

describe("malformed requests", () => {
  const post = (target: string, body: string) => {
    const headers = signV4({
      method: "POST",
      url: "http://h/",
      headers: { "x-amz-target": target, "content-type": "application/x-amz-json-1.1" },
      body,
      region: "us-east-1",
      service: "ecs",
      credentials: KEY,
      now: new Date(),
    });
    return dispatch({ method: "POST", path: "/", query: "", headers, body: Buffer.from(body) }, hooks());
  };
  const form = (body: string) => {
    const headers = signV4({
      method: "POST",
      url: "http://h/",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body,
      region: "us-east-1",
      service: "iam",
      credentials: KEY,
      now: new Date(),
    });
    return dispatch({ method: "POST", path: "/", query: "", headers, body: Buffer.from(body) }, hooks());
  };
  const ECS = "AmazonEC2ContainerServiceV20141113.";
  it.each([
    ["CreateCluster", '{"clusterName":1}', "SerializationException"],
    ["CreateCluster", "[]", "SerializationException"],
    ["CreateCluster", "{", "SerializationException"],
    ["CreateCluster", '{"clusterName":"a\\u0000"}', "SerializationException"],
    ["CreateCluster", `{"tags":${"[".repeat(100)}${"]".repeat(100)}}`, "SerializationException"],
    ["CreateCluster", '{"clusterName":null,"unknown":1,"__proto__":{"x":1}}', undefined],
    ["RegisterContainerInstance", `{"x":${"[".repeat(100)}${"]".repeat(100)}}`, "SerializationException"],
    ["Nonsense", "{}", "UnknownOperationException"],
    ["constructor", "{}", "UnknownOperationException"],
  ])("%s %s answers %s", async (name, body, code) => {
    expect((await post(ECS + name, body)).error?.code).toBe(code);
  });
  it("members the model does not have are kept only where the operation says so", async () => {
    await post(`${ECS}RegisterContainerInstance`, '{"clientToken":"t","cluster":"c"}');
    expect(seen.at(-1)).toEqual({ clientToken: "t", cluster: "c" });
    await post(`${ECS}CreateCluster`, '{"surprise":"t","clusterName":"c"}');
    expect(seen.at(-1)).toEqual({ clusterName: "c" });
  });
  it("a body over the limit is refused", async () => {
    expect((await post(`${ECS}CreateCluster`, "x".repeat(1024 * 1024 + 1))).response.status).toBe(413);
  });
  it("2,000 seeded mutations never answer 5xx", async () => {
    let state = 42;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % below;
    };
    const seeds = [
      '{"family":"f","containerDefinitions":[{"name":"c","image":"i","dockerLabels":{"a":"b"},"cpu":1,"essential":true}]}',
      "Action=CreateUser&Version=2010-05-08&UserName=u&Tags.member.1.Key=k&Tags.member.1.Value=v",
    ];
    const alphabet = '{}[]":,.&=%0123456789-eE+\\u tfn\u0000\u00e9_member';
    for (let round = 0; round < 2_000; round += 1) {
      const chars = [...(seeds[round % 2] as string)];
      for (let edit = 0; edit <= random(4); edit += 1)
        chars.splice(random(chars.length), random(3), alphabet[random(alphabet.length)] as string);
      const body = chars.join("");
      const { response } = await (round % 2 === 0 ? post(`${ECS}RegisterTaskDefinition`, body) : form(body));
      expect(response.status, body).toBeLessThan(500);
    }
  });
});
