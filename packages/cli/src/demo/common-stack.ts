/** The demo's end: the stack that most services are, made with Terraform or through the API, asked over HTTPS, and left running. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { callEcs, callLogs } from "../api-client.ts";
import { Failure } from "../failure.ts";
import { readJson, writeJson } from "../files.ts";
import { makeBalancer, removeBalancer, stackAuthority } from "./stack-balancer.ts";
import { makeIdentity, removeIdentity } from "./stack-identity.ts";
import { pushStackImage } from "./stack-image.ts";
import { makeNetwork, removeNetwork } from "./stack-network.ts";
import { STACK, type StackPlace } from "./stack-place.ts";
import {
  makeRepository,
  makeScaling,
  makeService,
  removeService,
  removeSurroundings,
  waitForService,
} from "./stack-service.ts";
import {
  applyStack,
  beginApply,
  destroyStack,
  prepareTerraform,
  terraformFolder,
} from "./stack-with-terraform.ts";
import { print, step } from "./step.ts";

const SERVES_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 5_000;
const POLL_MS = 200;

export type StackWay = "terraform" | "api";

const noteFile = (folder: string) => join(folder, "stack.json");
const readNote = (folder: string): StackWay | null =>
  readJson<{ readonly way: StackWay }>(noteFile(folder))?.way ?? null;

/** What a stack was begun with it goes on with. */
export const chooseWay = (
  noted: StackWay | null,
  { wantsApi, unusable }: { readonly wantsApi: boolean; readonly unusable: string | null },
): StackWay => noted ?? (wantsApi || unusable !== null ? "api" : "terraform");

/** Makes what is left to make, and gives where it answers on this machine. */
export type FinishStack = () => Promise<string>;

/** Decides how it is made, and begins what takes long; null when it is not made. */
export async function beginCommonStack(place: StackPlace, wantsApi: boolean): Promise<FinishStack | null> {
  const noted = readNote(place.folder);
  if (noted === null && (await isForeign(place))) {
    print(`There is a cluster ${STACK.name} already, which the demo did not make, so it makes none.`);
    return null;
  }
  mkdirSync(place.folder, { recursive: true, mode: 0o700 });
  const isAsked = noted === "terraform" || (noted === null && !wantsApi);
  const unusable = isAsked ? await prepareTerraform(place) : null;
  const way = chooseWay(noted, { wantsApi, unusable });
  if (way === "terraform" && unusable !== null)
    throw new Failure(
      `the stack was made with Terraform, which cannot be used: ${unusable}`,
      "bring it back, or remove everything: ./roadstead down --purge",
    );
  if (unusable !== null) print(`    ${unusable}\n    So the same is made through the API.`);
  if (noted === "terraform" && wantsApi)
    print("The stack was made with Terraform and goes on so; `./roadstead demo --remove` removes it.");
  writeJson(noteFile(place.folder), { way });
  const begun = way === "terraform" ? beginApply(place) : null;
  return async () => {
    if (begun) await applyStack(place, begun);
    else await makeThroughApi(place);
    const twin = await askIt(place);
    await readLogBack(place);
    return twin;
  };
}

async function isForeign({ access }: StackPlace): Promise<boolean> {
  const input = { clusters: [STACK.name] };
  interface Answer {
    readonly clusters?: readonly { readonly status: string }[];
  }
  const { clusters = [] } = await callEcs<Answer>(access, "DescribeClusters", input);
  return clusters.some(({ status }) => status === "ACTIVE");
}

async function makeThroughApi(place: StackPlace): Promise<void> {
  const { access } = place;
  const repository = await makeRepository(access);
  await pushStackImage(place, repository);
  const network = await makeNetwork(access);
  const identity = await makeIdentity(access, place.accountId);
  const balancer = await makeBalancer(access, network);
  await makeService(access, { ...network, ...identity, ...balancer, repository });
  await makeScaling(access);
  await waitForService(access);
}

async function askIt(place: StackPlace): Promise<string> {
  const twin = await place.twinOf(STACK.name);
  if (!twin) throw new Failure("the load balancer answers nowhere on this machine", "./roadstead lb");
  const ca = await stackAuthority(place.access);
  const caFile = authorityFile(place.folder);
  writeFileSync(caFile, ca);
  await step("Ask it over HTTPS", curlCommand(caFile, twin), async () => {
    const deadline = Date.now() + SERVES_TIMEOUT_MS;
    for (;;) {
      const answer = await ask(twin, ca).catch((error: unknown) => ({ status: 0, text: String(error) }));
      if (answer.status === 200) return answer.text.trim();
      if (Date.now() > deadline)
        throw new Failure(`it does not answer: ${answer.status} ${answer.text}`, "./roadstead logs control");
      await delay(POLL_MS);
    }
  });
  return twin;
}

const authorityFile = (folder: string): string => join(folder, "ca.pem");

export const curlCommand = (caFile: string, twin: string): string =>
  `curl --cacert ${caFile} --connect-to ::${twin}: https://${STACK.domain}/`;

/** Believes that authority alone, and asks for the certificate of the stack's name. */
function ask(twin: string, ca: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const options = { ca, servername: STACK.domain, headers: { host: STACK.domain } };
    const request = get(
      `https://${twin}/`,
      { ...options, timeout: ANSWER_TIMEOUT_MS, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    request.on("timeout", () => request.destroy(new Error("it took too long")));
    request.on("error", reject);
  });
}

async function readLogBack({ access }: StackPlace): Promise<void> {
  await step("Read what a task wrote", `aws logs tail ${STACK.logGroup}`, async () => {
    const deadline = Date.now() + SERVES_TIMEOUT_MS;
    interface Answer {
      readonly events?: readonly { readonly message: string; readonly logStreamName: string }[];
    }
    while (Date.now() < deadline) {
      const input = { logGroupName: STACK.logGroup };
      const [event] = (await callLogs<Answer>(access, "FilterLogEvents", input)).events ?? [];
      if (event) return `${event.logStreamName} ${event.message}`;
      await delay(POLL_MS);
    }
    throw new Failure("no line came to the log group", "./roadstead logs agent");
  });
}

export async function removeCommonStack(place: StackPlace): Promise<void> {
  const { access, folder } = place;
  const way = readNote(folder);
  if (way === null) return print("The demo left no stack here.");
  if (way === "terraform") await destroyStack(place);
  else {
    await removeService(access);
    await removeBalancer(access);
    await removeSurroundings(access);
    await removeIdentity(access);
    await removeNetwork(access);
  }
  rmSync(folder, { recursive: true, force: true });
}

/** How to look at it and how to be rid of it. */
export function stackHints(folder: string, twin: string): readonly string[] {
  const destroy = `eval "$(./roadstead env)"  and  terraform -chdir=${terraformFolder(folder)} destroy`;
  return [
    `The stack ${STACK.name} runs on. Open  https://${twin}/  (a browser asks about the certificate: it is ${STACK.domain}'s), or`,
    `  ${curlCommand(authorityFile(folder), twin)}`,
    `Its logs:  ./roadstead logs ${STACK.service} -f --cluster ${STACK.name}`,
    `Remove it:  ./roadstead demo --remove${readNote(folder) === "terraform" ? `   (or  ${destroy})` : ""}`,
  ];
}
