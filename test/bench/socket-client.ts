import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

export interface SocketClient {
  /** Runs an operation that has one result; resolves with the text of its message. `payload` is JSON. */
  run(payload: string): Promise<string>;
  /** Hears the text of each event of a subscription. */
  subscribe(payload: string, hear: (text: string) => void): void;
  /** Resolves once the server has dealt with the subscriptions before. */
  subscribed(): Promise<void>;
  close(): void;
}

/** graphql-transport-ws with as little work as possible for each message. */
export async function openSocket(origin: string, connectionParams: object): Promise<SocketClient> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  const hearers = new Map<string, (text: string) => void>();
  let number = 0;
  socket.send(JSON.stringify({ type: 'connection_init', payload: connectionParams }));
  await once(socket, 'message');

  socket.on('message', (data) => {
    const text = String(data);
    if (text.startsWith('{"type":"ping"')) return socket.send('{"type":"pong"}');
    // graphql-ws writes the ID first, then the type.
    const id = text.slice(7, text.indexOf('"', 7));
    if (text.startsWith('","type":"next"', 7 + id.length)) hearers.get(id)?.(text);
    else if (text.startsWith('","type":"error"', 7 + id.length)) throw new Error(`Over WebSocket: ${text}`);
  });

  function send(payload: string, hear: (text: string) => void): string {
    const id = String(++number);
    hearers.set(id, hear);
    socket.send(`{"id":"${id}","type":"subscribe","payload":${payload}}`);
    return id;
  }

  function run(payload: string): Promise<string> {
    return new Promise((resolve) => {
      const id = send(payload, (text) => {
        hearers.delete(id);
        resolve(text);
      });
    });
  }

  return {
    run,
    subscribe: (payload, hear) => void send(payload, hear),
    async subscribed() {
      // It asks the database as each subscription did, and so stands behind them; the last may take a little longer.
      await run('{"query":"{ viewer { kind } }"}');
      await sleep(200);
    },
    close: () => socket.close(),
  };
}
