/** A binary heap over a comparator; `strategies` keeps one per spread bucket so that choosing costs a logarithm. */
export type Heap<T> = { peek(): T | undefined; pop(): T | undefined; push(item: T): void };

export function heapOf<T>(items: readonly T[], compare: (a: T, b: T) => number): Heap<T> {
  const heap = [...items];
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) siftDown(heap, i, compare);
  return {
    peek: () => heap[0],
    pop() {
      const top = heap[0];
      const last = heap.pop();
      if (heap.length > 0 && last !== undefined) {
        heap[0] = last;
        siftDown(heap, 0, compare);
      }
      return top;
    },
    push(item) {
      heap.push(item);
      siftUp(heap, heap.length - 1, compare);
    },
  };
}

function siftUp<T>(heap: T[], start: number, compare: (a: T, b: T) => number): void {
  const item = heap[start] as T;
  let at = start;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (compare(item, heap[parent] as T) >= 0) break;
    heap[at] = heap[parent] as T;
    at = parent;
  }
  heap[at] = item;
}

function siftDown<T>(heap: T[], start: number, compare: (a: T, b: T) => number): void {
  const item = heap[start] as T;
  let at = start;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && compare(heap[child + 1] as T, heap[child] as T) < 0) child++;
    if (compare(item, heap[child] as T) <= 0) break;
    heap[at] = heap[child] as T;
    at = child;
  }
  heap[at] = item;
}
