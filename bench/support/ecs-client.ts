/** Sends signed ECS requests over kept-alive connections with as little client work as possible; both sides of a comparison use it. */
import { Agent, request } from "node:http";
import { type Credentials, signV4 } from "@roadstead/aws-protocol/sign-v4";

const TARGET = "AmazonEC2ContainerServiceV20141113";
const TIMEOUT_MS = 60_000;

export interface Endpoint {
  readonly url: string;
  readonly region: string;
  readonly credentials: Credentials;
}

export interface EcsClient {
  /** Throws unless the answer is 200. */
  call<Output>(operation: string, input: object): Promise<Output>;
  /** The same with a body that was written before, and an answer that nobody reads. */
  send(operation: string, body: string): Promise<string>;
  close(): void;
}

export function createEcsClient({ url, region, credentials }: Endpoint): EcsClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const { hostname, port } = new URL(url);
  const send: EcsClient["send"] = (operation, body) =>
    new Promise((resolve, reject) => {
      const headers = signV4({
        method: "POST",
        url: `${url}/`,
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `${TARGET}.${operation}` },
        body,
        region,
        service: "ecs",
        credentials,
        now: new Date(),
      });
      headers["content-length"] = String(Buffer.byteLength(body));
      const options = { agent, hostname, port, method: "POST", path: "/", headers, timeout: TIMEOUT_MS };
      const call = request(options, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("error", reject);
        answer.on("end", () => {
          if (answer.statusCode === 200) return resolve(text);
          reject(new Error(`${operation} answered ${answer.statusCode}: ${text.slice(0, 300)}`));
        });
      });
      call.on("timeout", () => call.destroy(new Error(`${operation} got no answer`)));
      call.on("error", reject);
      call.end(body);
    });
  return {
    send,
    call: async (operation, input) => JSON.parse(await send(operation, JSON.stringify(input))),
    close: () => agent.destroy(),
  };
}
