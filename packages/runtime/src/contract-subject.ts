/** What an implementation of `ContainerRuntime` brings to its contract; the parts of the contract share it. */
import type { ContainerRuntime, RegistryAuth } from "./runtime.ts";

/** An engine may default to more open files than this machine lets it give. */
export const OPEN_FILES = [{ Name: "nofile", Soft: 1_024, Hard: 4_096 }];

export interface ContractSubject {
  readonly open: () => Promise<ContainerRuntime>;
  /** Has `sh` and `sleep`. */
  readonly image: string;
  /** Marks what this run makes, so that it finds all of it again. */
  readonly label: string;
  /** A port nobody else listens on. */
  readonly freePort: () => Promise<number>;
  /** Ends a container that runs `ENDS_ON_REQUEST`. */
  readonly exit: (id: string, exitCode: number) => Promise<void>;
  /** Has the container write what its command would, where it has no processes. */
  readonly wrote?: (id: string) => Promise<void>;
  /** Held by a registry that lets in nobody without the login; not yet in the engine. */
  readonly privateImage: () => Promise<PrivateImage>;
}

export interface PrivateImage {
  /** Without tag or digest. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly login: RegistryAuth;
}
