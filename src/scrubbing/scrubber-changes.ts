import type { Span } from './scrubber-spans.ts';

const FIELDS = 4;
const NONE = new Int32Array(0);

/**
 * Stretches of a source that became something else: source from `sourceStart` to `sourceEnd`, result from `start` to `end`.
 * Kept in order in one flat array, since a hostile body has millions.
 */
export class Changes {
  count = 0;
  #fields = NONE;

  /** Behind the last one. Where two that stand together became nothing, they are kept as one. */
  add(start: number, end: number, sourceStart: number, sourceEnd: number): void {
    const last = this.count - 1;
    if (start === end && last >= 0 && this.start(last) === end && this.sourceEnd(last) === sourceStart) {
      this.#fields[last * FIELDS + 3] = sourceEnd;
      return;
    }
    const at = this.count++ * FIELDS;
    if (at === this.#fields.length) {
      const longer = new Int32Array(Math.max(64, at * 2));
      longer.set(this.#fields);
      this.#fields = longer;
    }
    this.#fields[at] = start;
    this.#fields[at + 1] = end;
    this.#fields[at + 2] = sourceStart;
    this.#fields[at + 3] = sourceEnd;
  }

  start(index: number): number {
    return this.#fields[index * FIELDS] ?? 0;
  }

  end(index: number): number {
    return this.#fields[index * FIELDS + 1] ?? 0;
  }

  sourceStart(index: number): number {
    return this.#fields[index * FIELDS + 2] ?? 0;
  }

  sourceEnd(index: number): number {
    return this.#fields[index * FIELDS + 3] ?? 0;
  }

  /** The stretch of the source that became the stretch of the result from `start` to `end`, which must not be empty. */
  sourceSpan(start: number, end: number): Span {
    const first = this.#lastAtOrBefore(start);
    const last = this.#lastAtOrBefore(end - 1);
    return [
      start < this.end(first) ? this.sourceStart(first) : this.#unchanged(first, start),
      end <= this.end(last) ? this.sourceEnd(last) : this.#unchanged(last, end),
    ];
  }

  /** Place in the source of a place in the result behind the change. Before the first change both are the same. */
  #unchanged(index: number, place: number): number {
    return index < 0 ? place : this.sourceEnd(index) + place - this.end(index);
  }

  /** Index of the last change that starts at `place` or before; -1 where there is none. */
  #lastAtOrBefore(place: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.start(middle) <= place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
