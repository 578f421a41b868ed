/** The zones of a region: where subnets lie and instances say they are. */

/** The attribute by which an instance says where it is. */
export const AVAILABILITY_ZONE = "ecs.availability-zone";

export interface AvailabilityZone {
  /** `us-east-1a` */
  readonly name: string;
  /** The same in every account: `use1-az1`. */
  readonly id: string;
}

const LETTERS = ["a", "b", "c"] as const;
const DIRECTIONS: Readonly<Record<string, string>> = {
  north: "n",
  northeast: "ne",
  east: "e",
  southeast: "se",
  south: "s",
  southwest: "sw",
  west: "w",
  northwest: "nw",
  central: "c",
};

/** Three, as most regions have at least. */
export const availabilityZones = (region: string): readonly AvailabilityZone[] =>
  LETTERS.map((letter, index) => ({
    name: `${region}${letter}`,
    id: `${shortRegion(region)}-az${index + 1}`,
  }));

/** `eu-central-1` → `euc1` */
const shortRegion = (region: string) =>
  region
    .split("-")
    .map((part) => DIRECTIONS[part] ?? part)
    .join("");
