import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventParser } from '../../../src/client/event-stream.ts';

const STREAM =
  ': ping\n\nevent: next\r\ndata: {"a":\r\ndata: 1}\r\n\r\nevent:complete\rdata\r\r:\n\nid: 7\ndata: last\n\n';
const EVENTS = [
  { event: 'next', data: '{"a":\n1}' },
  { event: 'complete', data: '' },
  { event: 'message', data: 'last' },
];

test('events are the same wherever the text is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
      const parse = createEventParser();
      const places = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
      const events = places.slice(1).flatMap((end, index) => parse(STREAM.slice(places[index], end)));
      expect(events).toEqual(EVENTS);
    }),
  );
});

test('an event that is not ended is not told', () => {
  expect(createEventParser()('event: next\ndata: {}\n')).toEqual([]);
});
