/** Asks until it is answered, as a client does that will not be put off; every workload asks through this. */
import { setTimeout as delay } from "node:timers/promises";

const RETRY_MS = 100;
const ANSWER_TIMEOUT_MS = 60_000;

/** Counts what was answered with an error before an answer came. */
export interface Patience {
  retries: number;
}

/** An error that says what is wrong with the request is an answer, and is thrown. */
export async function stubbornly<Answer>(
  what: string,
  patience: Patience,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const deadline = Date.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (isRefusal(error)) throw new Error(`${what} was refused: ${error}`, { cause: error });
      if (Date.now() > deadline) throw new Error(`${what} was never answered: ${error}`, { cause: error });
      patience.retries++;
      await delay(RETRY_MS);
    }
  }
}

/** What the SDK says of the answer; a connection that broke has no status. */
function isRefusal(error: unknown): boolean {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500;
}
