/** A request as the load asked for it. `lane`: its queue, or a name for those without one. */
export interface SubmittedRequest {
  lane: string;
  /** In the order of submission in its lane; each was submitted when the one before was acknowledged or failed. */
  number: number;
  acknowledged: boolean;
}

/** As it reached the third party. Times in milliseconds. */
export interface Arrival {
  lane: string;
  number: number;
  arrivedAt: number;
  /** When it was answered or its connection closed; null where that has not happened. */
  endedAt: number | null;
}

/** As it stands in the database at the end. */
export interface Outcome {
  lane: string;
  number: number;
  status: string;
  errorCode: string | null;
}

export interface Lane {
  name: string;
  queued: boolean;
  /** BEHAVIOUR 7 has its requests sent again after a crash. */
  safe: boolean;
}

export interface Figures {
  /** Acknowledged. */
  submitted: number;
  /** Arrivals, of whatever was submitted. */
  arrived: number;
  /** Acknowledged and not settled, or not sent though nothing was in the way. */
  lost: number;
  /** Arrived more than once, of those that may not. */
  twice: number;
  /** Arrived after one of their queue that was acknowledged later. */
  reordered: number;
  /** Arrived while one of their queue was under way. */
  overlapping: number;
  outcomeUnknown: number;
  /** Sent again, where that is allowed. */
  repeated: number;
}

/** The log of the third party and the database, against what was acknowledged. `faults` names what is wrong. */
export function judge(
  lanes: readonly Lane[],
  submitted: readonly SubmittedRequest[],
  arrivals: readonly Arrival[],
  outcomes: readonly Outcome[],
): { figures: Figures; faults: string[] } {
  const faults: string[] = [];
  const laneOf = new Map(lanes.map((lane) => [lane.name, lane]));
  const acknowledged = submitted.filter((request) => request.acknowledged);
  const known = new Set(acknowledged.map(key));
  const arrivedTimes = countBy(arrivals);
  const outcomeOf = new Map(outcomes.map((outcome) => [key(outcome), outcome]));

  function found(what: string, requests: readonly { lane: string; number: number }[]): number {
    for (const request of requests) faults.push(`${what}: ${key(request)}, ${standing(outcomeOf.get(key(request)))}`);
    return requests.length;
  }

  const lost = acknowledged.filter((request) => {
    const outcome = outcomeOf.get(key(request));
    if (outcome?.status === 'RESOLVED') return !arrivedTimes.has(key(request));
    const isSafe = laneOf.get(request.lane)?.safe ?? false;
    return outcome?.status !== 'FAILED' || outcome.errorCode !== 'OUTCOME_UNKNOWN' || isSafe;
  });
  const again = [...arrivedTimes.values()].filter(({ times }) => times > 1);
  const twice = again.filter(({ lane }) => laneOf.get(lane)?.safe !== true);
  const queues = lanes
    .filter((lane) => lane.queued)
    .map((lane) => arrivals.filter(({ lane: name }) => name === lane.name));

  return {
    figures: {
      submitted: acknowledged.length,
      arrived: arrivals.length,
      lost: found('lost', lost),
      twice: found('twice', twice),
      reordered: found(
        'reordered',
        queues.flatMap((queue) => reorderedIn(queue.filter((each) => known.has(key(each))))),
      ),
      overlapping: found('overlapping', queues.flatMap(overlappingIn)),
      outcomeUnknown: outcomes.filter(({ errorCode }) => errorCode === 'OUTCOME_UNKNOWN').length,
      repeated: again.length - twice.length,
    },
    faults,
  };
}

/** Only what was acknowledged has an order: whether the others were stored before the next, nobody was told. */
function reorderedIn(queue: readonly Arrival[]): Arrival[] {
  let latest = -1;
  return queue.filter(({ number }) => {
    const isLate = number < latest;
    latest = Math.max(latest, number);
    return isLate;
  });
}

function overlappingIn(queue: readonly Arrival[]): Arrival[] {
  return queue.filter(({ arrivedAt }, index) => {
    const before = queue[index - 1];
    return before !== undefined && (before.endedAt ?? Number.POSITIVE_INFINITY) > arrivedAt;
  });
}

function countBy(arrivals: readonly Arrival[]): Map<string, { lane: string; number: number; times: number }> {
  const counts = new Map<string, { lane: string; number: number; times: number }>();
  for (const { lane, number } of arrivals) {
    const entry = counts.get(key({ lane, number }));
    if (entry === undefined) counts.set(key({ lane, number }), { lane, number, times: 1 });
    else entry.times++;
  }
  return counts;
}

function standing(outcome: Outcome | undefined): string {
  return outcome === undefined ? 'not stored' : (outcome.errorCode ?? outcome.status);
}

function key({ lane, number }: { lane: string; number: number }): string {
  return `${lane} ${number}`;
}
