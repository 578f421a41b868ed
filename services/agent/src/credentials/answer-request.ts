/**
 * Decides what a container that asks for credentials is told. Only its own task's: by an id that cannot be guessed, and from
 * an address of that task's containers.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 */
import type { TaskRecord } from "../decide/task.ts";
import { isMetadataPath } from "../metadata/metadata-uri.ts";
import type { HeldCredentials } from "./role-credentials.ts";

export interface Answer {
  readonly status: number;
  readonly body: object;
}

export interface EndpointState {
  readonly tasks: () => readonly TaskRecord[];
  /** Of the application's role. */
  readonly credentialsOf: (taskArn: string) => HeldCredentials | null;
  /** Addresses of the task's containers, as they are now. */
  readonly addressesOf: (task: TaskRecord) => Promise<readonly string[]>;
  /** Whether the address is one of this machine's own: a process on the host's network. */
  readonly isOwnAddress: (address: string) => boolean;
}

const CREDENTIALS_PATH = "/v2/credentials";

export const failure = (status: number, code: string, message: string): Answer => ({
  status,
  body: { code, message, HTTPErrorCode: status },
});

/** What an id is answered that nobody here has; another agent of this machine may. */
export const UNKNOWN = failure(400, "InvalidIdInRequest", "CredentialsV2Request: Credentials not found");

/** The last word on a path of which no agent of this machine knows anything. */
export const unknownAnswer = (path: string): Answer =>
  isMetadataPath(path) ? failure(404, "NotFound", "unable to find the container of this path") : UNKNOWN;

export async function answerRequest(
  state: EndpointState,
  request: { readonly path: string; readonly peer: string },
): Promise<Answer> {
  if (!request.path.startsWith(CREDENTIALS_PATH)) {
    return { status: 404, body: { code: "NotFound", message: "Not found", HTTPErrorCode: 404 } };
  }
  const id = request.path.slice(CREDENTIALS_PATH.length + 1).split(/[/?]/)[0];
  if (!id) return failure(400, "NoIdInRequest", "CredentialsV2Request: No ID in the request");
  const task = state.tasks().find(({ spec }) => spec.credentialsId === id);
  if (!task || !(await mayRead(state, task, request.peer))) return UNKNOWN;
  const held = state.credentialsOf(task.spec.arn);
  if (!held) {
    return failure(503, "CredentialsUninitialized", "CredentialsV2Request: Credentials uninitialized for ID");
  }
  return {
    status: 200,
    body: {
      RoleArn: held.roleArn,
      AccessKeyId: held.accessKeyId,
      SecretAccessKey: held.secretAccessKey,
      Token: held.sessionToken,
      Expiration: held.expiration,
    },
  };
}

/** Processes on the host's network cannot be told apart; those of a network of their own can. */
export async function mayRead(state: EndpointState, task: TaskRecord, peer: string): Promise<boolean> {
  if (task.spec.networkMode === "host") return state.isOwnAddress(peer);
  return (await state.addressesOf(task)).includes(peer);
}
