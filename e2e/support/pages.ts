/** Reads every page of a list; the operation tests call it. */

/** Everything a paginator yields, and how many pages it took. */
export async function pagesOf<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
) {
  const all: Item[] = [];
  let count = 0;
  for await (const page of pages) {
    count++;
    all.push(...(items(page) ?? []));
  }
  return { all, count };
}
