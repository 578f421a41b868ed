/** Decides what a batch of deletions takes away: AWS's rules, from rows and ids alone. `delete-images.ts` calls it. */
import type { ImageId } from "./images.ts";

/** An image that an id of the batch means, as it stands under its lock. */
export interface DeletableImage {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Indexes of the same repository that list it. */
  readonly parents: readonly string[];
}

export type DeletionFailure =
  | { readonly id: ImageId; readonly code: "ImageNotFound" | "ImageTagDoesNotMatchDigest" }
  | {
      readonly id: ImageId;
      readonly code: "ImageReferencedByManifestList";
      readonly parents: readonly string[];
    };

export interface ImageDeletion {
  /** Images that go, with every tag they have. */
  readonly digests: readonly string[];
  /** Tags that go from images that stay. */
  readonly tags: readonly { readonly digest: string; readonly tag: string }[];
  /** What is gone, as the caller is told: each tag with its image, and untagged images by their digest. */
  readonly deleted: readonly DeletedId[];
  readonly failures: readonly DeletionFailure[];
}

/** By digest an image goes with all its tags; by tag only the tag goes, and the image when that was its last one. */
export function decideImageDeletion(
  ids: readonly ImageId[],
  images: readonly DeletableImage[],
): ImageDeletion {
  const lookUp = finder(images);
  const failures: DeletionFailure[] = [];
  const wanted: Wanted[] = [];
  for (const id of ids) {
    const image = lookUp(id);
    if (typeof image === "string") failures.push({ id, code: image });
    else wanted.push({ id, image });
  }
  const doomed = doomedImages(wanted);
  const going = deletable(doomed);
  const deleted: DeletedId[] = [];
  for (const { id, image } of wanted) {
    const { digest } = image;
    if (!going.has(digest) && doomed.has(digest)) {
      const parents = image.parents.filter((parent) => !going.has(parent));
      failures.push({ id, code: "ImageReferencedByManifestList", parents });
    } else deleted.push(...(going.has(digest) ? idsOf(image) : [{ digest, tag: id.tag ?? "" }]));
  }
  const told = withoutRepeats(deleted);
  return {
    digests: [...going.keys()],
    tags: told.flatMap(({ digest, tag }) =>
      tag === undefined || going.has(digest) ? [] : [{ digest, tag }],
    ),
    deleted: told,
    failures,
  };
}

interface DeletedId {
  readonly digest: string;
  readonly tag?: string;
}

const idsOf = ({ digest, tags }: DeletableImage): readonly DeletedId[] =>
  tags.length === 0 ? [{ digest }] : tags.map((tag) => ({ digest, tag }));

const withoutRepeats = (ids: readonly DeletedId[]): readonly DeletedId[] => [
  ...new Map(ids.map((id) => [`${id.digest} ${id.tag ?? ""}`, id])).values(),
];

interface Wanted {
  readonly id: ImageId;
  readonly image: DeletableImage;
}

function finder(images: readonly DeletableImage[]) {
  const byDigest = new Map(images.map((image) => [image.digest, image]));
  const byTag = new Map(images.flatMap((image) => image.tags.map((tag) => [tag, image] as const)));
  return ({ digest, tag }: ImageId): DeletableImage | "ImageNotFound" | "ImageTagDoesNotMatchDigest" => {
    const image = tag === undefined ? byDigest.get(digest ?? "") : byTag.get(tag);
    if (!image) return "ImageNotFound";
    return digest === undefined || digest === image.digest ? image : "ImageTagDoesNotMatchDigest";
  };
}

/** Images that the batch names by digest, or whose every tag it names. */
function doomedImages(wanted: readonly Wanted[]): ReadonlyMap<string, DeletableImage> {
  const named = new Set(wanted.flatMap(({ id }) => id.tag ?? []));
  return new Map(
    wanted
      .filter(({ id, image }) => id.tag === undefined || image.tags.every((tag) => named.has(tag)))
      .map(({ image }) => [image.digest, image]),
  );
}

/** An image stays while an index lists it that stays itself; an index of the same batch is no hindrance. */
function deletable(doomed: ReadonlyMap<string, DeletableImage>): ReadonlyMap<string, DeletableImage> {
  const going = new Map(doomed);
  for (let before = -1; before !== going.size; ) {
    before = going.size;
    for (const [digest, { parents }] of going) {
      if (parents.some((parent) => !going.has(parent))) going.delete(digest);
    }
  }
  return going;
}
