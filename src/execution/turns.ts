/**
 * Long pieces of work, one in each round of the event loop: heartbeats and everybody else come between. Resolves when the
 * caller's turn has come.
 */
export function createTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(
      () =>
        new Promise((resolve) => {
          setImmediate(resolve);
        }),
    );
    return last;
  };
}
