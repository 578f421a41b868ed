/** What the registry refuses with: the codes of the distribution API, in ECR's words where ECR has some. */

interface RegistryErrorOptions {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class RegistryError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor({ status, code, message, detail, headers = {} }: RegistryErrorOptions) {
    super(message);
    this.name = code;
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.headers = headers;
  }
}

const registryError = (status: number, code: string, message: string, detail?: unknown) =>
  new RegistryError({ status, code, message, detail });

export const nameInvalid = (name: string) =>
  registryError(400, "NAME_INVALID", "invalid repository name", { name });
export const nameUnknown = (name: string, accountId: string) =>
  registryError(
    404,
    "NAME_UNKNOWN",
    `The repository with name '${name}' does not exist in the registry with id '${accountId}'`,
  );
export const denied = (message: string) => registryError(403, "DENIED", message);
export const unsupported = (message: string, status = 405) => registryError(status, "UNSUPPORTED", message);
export const notFound = () => registryError(404, "UNSUPPORTED", "there is no such end point");

export const digestInvalid = (message: string, detail?: unknown) =>
  registryError(400, "DIGEST_INVALID", message, detail);
export const digestMismatch = (stated: string, computed: string) =>
  digestInvalid("provided digest did not match uploaded content", { stated, computed });
export const blobUnknown = (digest: string) =>
  registryError(404, "BLOB_UNKNOWN", "blob unknown to registry", { digest });
export const uploadUnknown = (id: string) =>
  registryError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", { uploadId: id });
export const uploadBusy = () =>
  registryError(409, "BLOB_UPLOAD_INVALID", "another request is writing to this upload");
export const uploadInvalid = (message: string) => registryError(400, "BLOB_UPLOAD_INVALID", message);
export const sizeInvalid = (message: string, status = 400) => registryError(status, "SIZE_INVALID", message);
export const manifestUnknown = () => registryError(404, "MANIFEST_UNKNOWN", "Requested image not found");
export const manifestInvalid = (message: string) => registryError(400, "MANIFEST_INVALID", message);
export const tagInvalid = (message: string, detail?: unknown) =>
  registryError(400, "TAG_INVALID", message, detail);

export const tooManyRequests = () =>
  new RegistryError({
    status: 429,
    code: "TOOMANYREQUESTS",
    message: "Rate exceeded",
    headers: { "retry-after": "2" },
  });

/** The chunk does not begin where the upload ends; the client asks where that is, and goes on there. */
export const rangeMismatch = (headers: Readonly<Record<string, string>>) =>
  new RegistryError({
    status: 416,
    code: "BLOB_UPLOAD_INVALID",
    message: "the chunk does not begin where the upload ends",
    headers,
  });
