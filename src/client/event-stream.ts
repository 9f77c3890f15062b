export interface StreamEvent {
  event: string;
  data: string;
}

/**
 * Parses `text/event-stream` (WHATWG HTML, 9.2.6), as far as GraphQL over SSE uses it: feed it text as it comes, get whole events.
 * Comments, which servers send to keep a connection alive, give none.
 */
export function createEventParser(): (text: string) => StreamEvent[] {
  let rest = '';
  let event = '';
  let data: string[] = [];

  return (text) => {
    const events: StreamEvent[] = [];
    // A \r at the end may be the first half of \r\n: it waits for what follows.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (event || data.length > 0) events.push({ event: event || 'message', data: data.join('\n') });
        event = '';
        data = [];
        continue;
      }
      const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === 'event') event = value;
      if (field === 'data') data.push(value);
    }
    return events;
  };
}
