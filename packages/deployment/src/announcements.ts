/** Decides which service events are said now: each once, and again only when it is solved and comes back, or after six hours. */
import { steadyMessage } from "./messages.ts";
import { earlier } from "./roster.ts";
import type { DeploymentState, ServiceState } from "./service-snapshot.ts";

export const REPEAT_AFTER_MS = 6 * 60 * 60 * 1_000;

export class Announcements {
  readonly messages: string[] = [];
  /** When something that holds on must be said again. */
  repeatAtMs: number | null = null;
  readonly #nowMs: number;
  /** When each text was last said in this trouble. */
  readonly #saidAtMs = new Map<string, number>();

  constructor(nowMs: number, service: ServiceState, primary: DeploymentState) {
    this.#nowMs = nowMs;
    const steady = steadyMessage(service.name);
    const solvedAtMs = service.notices
      .filter(({ message }) => message === steady)
      .reduce((latest, { atMs }) => Math.max(latest, atMs), primary.createdAtMs);
    for (const { message, atMs } of service.notices) {
      if (atMs < solvedAtMs) continue;
      this.#saidAtMs.set(message, Math.max(atMs, this.#saidAtMs.get(message) ?? atMs));
    }
  }

  say(message: string): void {
    this.messages.push(message);
  }

  sayOnce(message: string): void {
    const saidAtMs = this.#saidAtMs.get(message);
    if (saidAtMs !== undefined && this.#nowMs < saidAtMs + REPEAT_AFTER_MS) return;
    this.#saidAtMs.set(message, this.#nowMs);
    this.messages.push(message);
  }

  /** What stays true until something happens; it is said again in time. */
  sayWhileTrue(message: string): void {
    this.sayOnce(message);
    const saidAtMs = this.#saidAtMs.get(message) ?? this.#nowMs;
    this.repeatAtMs = earlier(this.repeatAtMs, saidAtMs + REPEAT_AFTER_MS);
  }
}
