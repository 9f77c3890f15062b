import { describe, expect, it } from 'vitest';
import { type Arrival, type Figures, judge, type Lane, type Outcome } from '../../cluster/chaos/judge.ts';

const QUEUE: Lane = { name: 'q', queued: true, safe: false };
const SAFE: Lane = { name: 's', queued: true, safe: true };
const ALONE: Lane = { name: 'p', queued: false, safe: false };

const submitted = (lane: string, number: number, acknowledged = true) => ({ lane, number, acknowledged });
const arrival = (lane: string, number: number, arrivedAt: number, endedAt: number | null = arrivedAt + 1): Arrival => ({
  lane,
  number,
  arrivedAt,
  endedAt,
});
const resolved = (lane: string, number: number): Outcome => ({ lane, number, status: 'RESOLVED', errorCode: null });
const failed = (lane: string, number: number, errorCode = 'OUTCOME_UNKNOWN'): Outcome => ({
  lane,
  number,
  status: 'FAILED',
  errorCode,
});

function figuresOf(asked: ReturnType<typeof submitted>[], arrivals: Arrival[], outcomes: Outcome[]): Figures {
  return judge([QUEUE, SAFE, ALONE], asked, arrivals, outcomes).figures;
}

describe('the judge of the long run', () => {
  it('finds nothing where all went well', () => {
    const found = figuresOf(
      [submitted('q', 0), submitted('q', 1), submitted('p', 0)],
      [arrival('q', 0, 0), arrival('p', 0, 0.5), arrival('q', 1, 1)],
      [resolved('q', 0), resolved('q', 1), resolved('p', 0)],
    );
    expect(found).toEqual({
      submitted: 3,
      arrived: 3,
      lost: 0,
      twice: 0,
      reordered: 0,
      overlapping: 0,
      outcomeUnknown: 0,
      repeated: 0,
    });
  });

  it.each([
    ['is not in the database', [], [arrival('q', 0, 0)]],
    ['is still pending', [{ ...resolved('q', 0), status: 'PENDING' }], [arrival('q', 0, 0)]],
    ['is resolved and never arrived', [resolved('q', 0)], []],
    ['failed for another reason', [failed('q', 0, 'EXPIRED')], []],
  ])('calls lost what was acknowledged and %s', (_, outcomes, arrivals) => {
    expect(figuresOf([submitted('q', 0)], arrivals, outcomes).lost).toBe(1);
  });

  it('calls lost what may be sent again and was given up', () => {
    expect(figuresOf([submitted('s', 0)], [], [failed('s', 0)]).lost).toBe(1);
  });

  it('does not miss what was not acknowledged, and counts what nobody can know', () => {
    const found = figuresOf([submitted('q', 0, false), submitted('q', 1)], [], [failed('q', 1)]);
    expect(found).toMatchObject({ submitted: 1, lost: 0, outcomeUnknown: 1 });
  });

  it('tells what arrived twice from what may', () => {
    const arrivals = [arrival('p', 0, 0), arrival('p', 0, 9), arrival('s', 0, 0), arrival('s', 0, 9)];
    expect(figuresOf([], arrivals, [])).toMatchObject({ twice: 1, repeated: 1 });
  });

  it('finds what overtook another of its queue, and not what nobody was told the order of', () => {
    const arrivals = [arrival('q', 1, 0), arrival('q', 0, 2), arrival('p', 1, 0), arrival('p', 0, 2)];
    const asked = [submitted('q', 0), submitted('q', 1), submitted('p', 0), submitted('p', 1)];
    expect(figuresOf(asked, arrivals, []).reordered).toBe(1);
    expect(figuresOf([submitted('q', 0, false), submitted('q', 1)], arrivals, []).reordered).toBe(0);
  });

  it.each([
    ['is under way', null],
    ['ended later', 5],
  ])('finds what arrived while the one before it %s', (_, endedAt) => {
    expect(figuresOf([], [arrival('q', 0, 0, endedAt), arrival('q', 1, 3)], []).overlapping).toBe(1);
    expect(figuresOf([], [arrival('p', 0, 0, endedAt), arrival('p', 1, 3)], []).overlapping).toBe(0);
  });
});
