/** Gets and keeps what our registry lets this instance in with; pulls of our images ask for it. */
import { type EcsClient, EcsError } from "../control/ecs-client.ts";

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

export interface RegistryLogins {
  /** Throws `RegistryLoginError`. */
  get(): Promise<RegistryLogin>;
  /** Another one than that, which was refused; null when it was got just now, so that a new one would be refused too. */
  renew(refused: RegistryLogin): Promise<RegistryLogin | null>;
}

export class RegistryLoginError extends Error {
  /** Whether it may go well in a moment. */
  readonly isPassing: boolean;

  constructor(message: string, isPassing: boolean, options?: ErrorOptions) {
    super(message, options);
    this.name = "RegistryLoginError";
    this.isPassing = isPassing;
  }
}

interface Kept {
  readonly login: RegistryLogin;
  readonly gotAt: number;
  readonly renewAt: number;
  readonly expiresAt: number;
}

/** A pull takes its login along to the end, so none begins with one that ends soon. */
const RENEW_BEFORE_MS = 60 * 60_000;
const FRESH_MS = 60_000;
const SERVER_ERRORS_FROM = 500;

export function createRegistryLogins(
  client: Pick<EcsClient, "call">,
  now: () => number = Date.now,
): RegistryLogins {
  let kept: Kept | undefined;
  let asking: Promise<Kept> | undefined;
  const ask = () => {
    asking ??= askFor(client, now())
      .then((answer) => {
        kept = answer;
        return answer;
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };
  return {
    async get() {
      if (kept && now() < kept.renewAt) return kept.login;
      try {
        return (await ask()).login;
      } catch (error) {
        // While the control plane is away, what is still good serves.
        if (kept && now() < kept.expiresAt) return kept.login;
        throw error;
      }
    },
    async renew(refused) {
      if (kept && kept.login !== refused) return kept.login;
      if (kept && now() - kept.gotAt < FRESH_MS) return null;
      return (await ask()).login;
    },
  };
}

async function askFor(client: Pick<EcsClient, "call">, at: number): Promise<Kept> {
  try {
    const answer = (await client.call("GetAuthorizationToken", {})) as {
      readonly authorizationData?: readonly {
        readonly authorizationToken?: string;
        readonly expiresAt?: number;
      }[];
    };
    const [data] = answer.authorizationData ?? [];
    const [username, ...password] = Buffer.from(data?.authorizationToken ?? "", "base64")
      .toString()
      .split(":");
    if (!username || password.length === 0 || !data?.expiresAt) throw new Error("the answer holds no token");
    const expiresAt = data.expiresAt * 1_000;
    const renewAt = expiresAt - Math.min(RENEW_BEFORE_MS, (expiresAt - at) / 4);
    return { login: { username, password: password.join(":") }, gotAt: at, renewAt, expiresAt };
  } catch (error) {
    if (error instanceof RegistryLoginError) throw error;
    const isPassing = !(error instanceof EcsError) || error.httpStatus >= SERVER_ERRORS_FROM;
    const message = error instanceof Error ? error.message : String(error);
    throw new RegistryLoginError(message, isPassing, { cause: error });
  }
}
