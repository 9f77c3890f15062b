/** From the first byte to the one after the last. */
export type Span = readonly [start: number, end: number];

/** In order, those that overlap made one; those that only touch stay two. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Array<[number, number]> = [];
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

/** `spans` as `mergeSpans` gives them. */
export function replaceSpans(bytes: Uint8Array, spans: readonly Span[], replacement: Uint8Array): Buffer {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [start, end] of spans) {
    pieces.push(bytes.subarray(at, start), replacement);
    at = end;
  }
  pieces.push(bytes.subarray(at));
  return Buffer.concat(pieces);
}
