/** Pulls an image and waits for its end, giving up on a pull that makes no progress, or asks for its digest; the Docker runtime calls it. */
import type Docker from "dockerode";
import { isRuntimeError, RuntimeError } from "../errors.ts";
import type { RegistryAuth } from "../runtime.ts";
import { callEngine, streamEngine } from "./engine-call.ts";
import { readLines } from "./read-lines.ts";

export interface PullOptions {
  readonly auth?: RegistryAuth;
  readonly signal?: AbortSignal;
  readonly pullMs: number;
  readonly pullIdleMs: number;
}

export async function pullImage(docker: Docker, image: string, options: PullOptions): Promise<void> {
  const overall = AbortSignal.timeout(options.pullMs);
  const idle = new AbortController();
  const idleTimer = setTimeout(() => idle.abort(), options.pullIdleMs);
  const signal = AbortSignal.any([overall, idle.signal, ...(options.signal ? [options.signal] : [])]);
  try {
    const stream = await streamEngine(docker, {
      method: "POST",
      path: "/images/create",
      query: splitTag(image),
      accept: [200],
      timeoutMs: options.pullIdleMs,
      signal,
      auth: authDocument(options.auth),
    });
    signal.addEventListener("abort", () => stream.destroy(new Error("pull given up")), { once: true });
    for await (const line of readLines(stream)) {
      idleTimer.refresh();
      const failure = failureIn(line);
      if (failure !== null) throw new RuntimeError("PullFailed", failure);
    }
    signal.throwIfAborted();
  } catch (error) {
    throw pullError(error, { overall, idle: idle.signal, given: options.signal });
  } finally {
    clearTimeout(idleTimer);
  }
}

export async function resolveDigest(
  docker: Docker,
  image: string,
  options: { readonly auth?: RegistryAuth; readonly signal?: AbortSignal; readonly timeoutMs: number },
): Promise<string> {
  try {
    const answer = (await callEngine(docker, {
      method: "GET",
      path: `/distribution/${image}/json`,
      accept: [200],
      timeoutMs: options.timeoutMs,
      auth: authDocument(options.auth),
      ...(options.signal ? { signal: options.signal } : {}),
    })) as { readonly Descriptor?: { readonly digest?: unknown } };
    const digest = answer.Descriptor?.digest;
    if (typeof digest === "string") return digest;
    throw new RuntimeError("PullFailed", `the registry named no digest for ${image}`);
  } catch (error) {
    if (options.signal?.aborted)
      throw new RuntimeError("PullFailed", "the pull was cancelled", { cause: error });
    throw asPullFailed(error);
  }
}

const authDocument = (auth: RegistryAuth | undefined): Record<string, string> =>
  auth ? { username: auth.username, password: auth.password, serveraddress: auth.serverAddress } : {};

function pullError(
  error: unknown,
  signals: { overall: AbortSignal; idle: AbortSignal; given: AbortSignal | undefined },
): RuntimeError {
  const options = { cause: error };
  if (signals.given?.aborted) return new RuntimeError("PullFailed", "the pull was cancelled", options);
  if (signals.overall.aborted) return new RuntimeError("Timeout", "the pull took too long", options);
  if (signals.idle.aborted) return new RuntimeError("Timeout", "inactivity time exceeded timeout", options);
  return asPullFailed(error);
}

function asPullFailed(error: unknown): RuntimeError {
  if (isRuntimeError(error, "Unavailable", "Timeout", "PullFailed")) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new RuntimeError("PullFailed", message, { cause: error });
}

/** Without a tag the engine would pull every tag of the repository. */
export function splitTag(image: string): Record<string, string> {
  if (image.includes("@")) return { fromImage: image };
  const colon = image.lastIndexOf(":");
  if (colon <= image.lastIndexOf("/")) return { fromImage: image, tag: "latest" };
  return { fromImage: image.slice(0, colon), tag: image.slice(colon + 1) };
}

function failureIn(line: string): string | null {
  const progress = JSON.parse(line) as { readonly error?: unknown };
  return typeof progress.error === "string" ? progress.error : null;
}
