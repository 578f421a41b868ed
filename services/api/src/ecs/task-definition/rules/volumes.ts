/** Rules about volumes and how containers mount them. */
import type { EfsVolumeConfiguration, TaskDefinition, Volume } from "@roadstead/model/task-definition";
import { containerRule, firstDuplicate, firstError, isWithin, oneOf, type Rule } from "../rule.ts";

const VOLUME_NAME = /^[A-Za-z0-9_-]{1,255}$/;
const FILE_SYSTEM = /^(arn:aws[a-z-]*:elasticfilesystem:[a-z0-9-]+:\d{12}:file-system\/)?fs-[0-9a-f]{8,40}$/;
const ACCESS_POINT =
  /^(arn:aws[a-z-]*:elasticfilesystem:[a-z0-9-]+:\d{12}:access-point\/)?fsap-[0-9a-f]{8,40}$/;
const CONFIGURED_AT_LAUNCH_MAX = 1;

const names: Rule = {
  name: "volume names",
  check: ({ volumes }) => {
    const wrong = firstError(volumes, ({ name }) => {
      if (name === "") return "Volume.name should not be null or empty.";
      return VOLUME_NAME.test(name) ? null : "Volume.name contains invalid characters.";
    });
    const twice = firstDuplicate(volumes.map(({ name }) => name));
    return wrong ?? (twice === null ? null : `Volume name '${twice}' is used more than once.`);
  },
};

const oneKind: Rule = {
  name: "one configuration per volume",
  check: ({ volumes }) =>
    firstError(volumes, (volume) => {
      const kinds = [
        volume.host,
        volume.dockerVolumeConfiguration,
        volume.efsVolumeConfiguration,
        volume.fsxWindowsFileServerVolumeConfiguration,
        volume.s3filesVolumeConfiguration,
        volume.configuredAtLaunch || undefined,
      ].filter((kind) => kind !== undefined);
      return kinds.length > 1
        ? `Only one volume configuration can be specified for volume '${volume.name}'.`
        : null;
    }),
};

const docker: Rule = {
  name: "docker volumes",
  check: ({ volumes }) =>
    firstError(volumes, ({ dockerVolumeConfiguration: docker }) => {
      if (!docker) return null;
      const unknown = oneOf("docker volume scope", docker.scope, ["task", "shared"]);
      if (unknown) return unknown;
      return docker.autoprovision !== undefined && docker.scope !== "shared"
        ? "Autoprovision is only supported for docker volumes with scope 'shared'."
        : null;
    }),
};

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSVolumeConfiguration.html */
function efsError(efs: EfsVolumeConfiguration, { taskRoleArn }: TaskDefinition): string | null {
  const { accessPointId, iam } = efs.authorizationConfig ?? {};
  const encrypted = efs.transitEncryption === "ENABLED";
  if (!FILE_SYSTEM.test(efs.fileSystemId)) return `Invalid EFS file system ID '${efs.fileSystemId}'.`;
  const unknown =
    oneOf("EFS transit encryption", efs.transitEncryption, ["ENABLED", "DISABLED"]) ??
    oneOf("EFS IAM authorization", iam, ["ENABLED", "DISABLED"]);
  if (unknown) return unknown;
  if (!isWithin(efs.transitEncryptionPort ?? 1, 0, 65_535)) return "Invalid EFS transit encryption port.";
  const accessPoint = accessPointId ? accessPointError(efs, accessPointId) : null;
  if (accessPoint !== null) return accessPoint;
  if (iam !== "ENABLED") return null;
  if (!encrypted) return "EFS transit encryption must be enabled when IAM authorization is used.";
  return taskRoleArn ? null : "EFS IAM authorization requires a task role.";
}

function accessPointError(efs: EfsVolumeConfiguration, accessPointId: string): string | null {
  if (!ACCESS_POINT.test(accessPointId)) return `Invalid EFS access point ID '${accessPointId}'.`;
  if (efs.rootDirectory !== "/") {
    return "EFS root directory must be omitted or set to '/' when an access point is specified.";
  }
  return efs.transitEncryption === "ENABLED"
    ? null
    : "EFS transit encryption must be enabled when an access point is specified.";
}

const efs: Rule = {
  name: "EFS volumes",
  check: (task) =>
    firstError(task.volumes, ({ efsVolumeConfiguration: efs }) => (efs ? efsError(efs, task) : null)),
};

function remoteError(volume: Volume, { taskRoleArn }: TaskDefinition): string | null {
  const { s3filesVolumeConfiguration: s3, fsxWindowsFileServerVolumeConfiguration: fsx } = volume;
  if (s3 && !taskRoleArn) return "S3 Files volumes require a task role.";
  if (s3 && !s3.fileSystemArn?.startsWith("arn:")) return "Invalid arn syntax.";
  if (!fsx) return null;
  if (!fsx.fileSystemId) return "FSx file system ID should not be null or empty.";
  if (!fsx.rootDirectory) return "FSx root directory should not be null or empty.";
  const { credentialsParameter, domain } = fsx.authorizationConfig ?? {};
  return credentialsParameter && domain
    ? null
    : "FSx authorization config requires credentialsParameter and domain.";
}

const remote: Rule = {
  name: "FSx and S3 Files volumes",
  check: (task) => firstError(task.volumes, (volume) => remoteError(volume, task)),
};

const configuredAtLaunch: Rule = {
  name: "volumes configured at launch",
  check: ({ volumes }) =>
    volumes.filter((volume) => volume.configuredAtLaunch).length > CONFIGURED_AT_LAUNCH_MAX
      ? `Only ${CONFIGURED_AT_LAUNCH_MAX} volume can be configured at launch.`
      : null,
};

const mountPoints = containerRule("mount points", ({ mountPoints }, { volumes }) =>
  firstError(mountPoints, ({ sourceVolume, containerPath }) => {
    if (!volumes.some(({ name }) => name === sourceVolume)) return `Unknown volume '${sourceVolume ?? ""}'.`;
    return containerPath ? null : "MountPoint.containerPath should not be null or empty.";
  }),
);

const volumesFrom = containerRule("volumes from", ({ name, volumesFrom }, { containerDefinitions }) =>
  firstError(volumesFrom, ({ sourceContainer }) =>
    sourceContainer !== name && containerDefinitions.some((other) => other.name === sourceContainer)
      ? null
      : `Unknown volume source container '${sourceContainer ?? ""}'.`,
  ),
);

export const volumeRules: readonly Rule[] = [
  names,
  oneKind,
  docker,
  efs,
  remote,
  configuredAtLaunch,
  mountPoints,
  volumesFrom,
];
