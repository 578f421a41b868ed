/** Looks into the Docker Engine beside Roadstead, so that tests compare what the API says with what really runs. */
import { request } from "node:http";

const ANSWER_TIMEOUT_MS = 60_000;

export const dockerSocket = (): string => process.env.ROADSTEAD_DOCKER_SOCKET ?? "/var/run/docker.sock";

export const TASK_LABEL = "com.amazonaws.ecs.task-arn";
const INSTANCE_LABEL = "com.roadstead.container-instance";

export interface EngineContainer {
  readonly Id: string;
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Names: readonly string[];
  readonly Created: number;
}

/** What `docker inspect` shows, as far as tests look at it. */
export interface EngineInspection {
  readonly Id: string;
  readonly State: {
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly Pid: number;
    readonly StartedAt: string;
  };
  readonly Config: { readonly Env: readonly string[]; readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: {
    readonly NetworkMode: string;
    readonly Memory: number;
    readonly CpuShares: number;
    readonly Ulimits:
      | readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[]
      | null;
  };
}

/** Every container of a task, also stopped ones. */
export const containersOfTask = (taskArn: string): Promise<readonly EngineContainer[]> =>
  listContainers([`${TASK_LABEL}=${taskArn}`]);

/** Every container of an account's tasks, also stopped ones. */
export async function containersOfAccount(accountId: string): Promise<readonly EngineContainer[]> {
  const all = await listContainers([TASK_LABEL]);
  return all.filter(({ Labels }) => Labels[TASK_LABEL]?.includes(`:${accountId}:`));
}

async function listContainers(labels: readonly string[]): Promise<readonly EngineContainer[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: labels }));
  return engineJson("GET", `/containers/json?all=true&filters=${filters}`);
}

/** Names of the volumes that an account's tasks made. */
export async function volumesOfAccount(accountId: string): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [INSTANCE_LABEL] }));
  const { Volumes } = await engineJson<{ Volumes: readonly EngineVolume[] | null }>(
    "GET",
    `/volumes?filters=${filters}`,
  );
  return (Volumes ?? []).flatMap(({ Name, Labels }) =>
    Labels?.[INSTANCE_LABEL]?.includes(`:${accountId}:`) ? [Name] : [],
  );
}

/** Names of the engine's networks of a VPC. */
export async function networksOf(vpcId: string): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.roadstead.vpc=${vpcId}`] }));
  const networks = await engineJson<readonly { readonly Name: string }[]>(
    "GET",
    `/networks?filters=${filters}`,
  );
  return networks.map(({ Name }) => Name);
}

/** Tags and digests of every image. */
export async function imageNames(): Promise<readonly string[]> {
  const images = await engineJson<
    readonly { readonly RepoTags: readonly string[] | null; readonly RepoDigests: readonly string[] | null }[]
  >("GET", "/images/json?all=true");
  return images.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]);
}

interface EngineVolume {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export const inspect = (id: string): Promise<EngineInspection> => engineJson("GET", `/containers/${id}/json`);

/** What the engine knows of one container of a task, which must be there. */
export async function inspectContainerOf(taskArn: string, name = "main"): Promise<EngineInspection> {
  const all = await containersOfTask(taskArn);
  const found = all.find(({ Labels }) => Labels["com.amazonaws.ecs.container-name"] === name);
  if (!found) throw new Error(`no container ${name} of ${taskArn} in the engine`);
  return inspect(found.Id);
}

export async function killContainer(id: string, signal = "KILL"): Promise<void> {
  await engineCall("POST", `/containers/${id}/kill?signal=${signal}`);
}

/** Removes a container, running or not; one that is gone already is fine. */
export async function removeContainer(id: string): Promise<void> {
  await engineCall("DELETE", `/containers/${id}?force=true&v=true`, { tolerate: [404, 409] });
}

async function engineJson<T>(method: string, path: string): Promise<T> {
  return JSON.parse((await engineCall(method, path)).body.toString("utf8")) as T;
}

export function engineCall(
  method: string,
  path: string,
  options: {
    readonly body?: Buffer;
    readonly tolerate?: readonly number[];
    /** Another machine's engine. */
    readonly socketPath?: string;
  } = {},
): Promise<{ readonly status: number; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = options.body
      ? { "content-type": "application/x-tar", "content-length": options.body.length }
      : {};
    const call = request(
      { socketPath: options.socketPath ?? dockerSocket(), method, path, headers, timeout: ANSWER_TIMEOUT_MS },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const status = answer.statusCode ?? 0;
          const body = Buffer.concat(chunks);
          if (status < 400 || options.tolerate?.includes(status)) return resolve({ status, body });
          reject(
            new Error(`Docker Engine answered ${status} to ${method} ${path}: ${body.toString("utf8")}`),
          );
        });
      },
    );
    call.on("timeout", () => call.destroy(new Error(`Docker Engine does not answer ${method} ${path}`)));
    call.on("error", reject);
    call.end(options.body);
  });
}
