import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** What the app answered to an envelope. */
interface Acknowledgement {
  readonly envelope_id: string;
  readonly payload?: unknown;
}

/** Slack's end of Socket Mode: greets, delivers envelopes, and keeps what is acknowledged. */
export class SocketStandIn {
  readonly acknowledged: Acknowledgement[] = [];
  private readonly waiting = new Map<string, (answer: Acknowledgement) => void>();
  private readonly server: WebSocketServer;
  /** Every connection that there ever was, oldest first. */
  private readonly connections: WebSocket[] = [];
  private readonly onConnection = new Set<() => void>();

  private constructor(server: WebSocketServer) {
    this.server = server;
    server.on('connection', (socket) => {
      socket.on('message', (data) => this.received((data as Buffer).toString()));
      socket.send(JSON.stringify({ type: 'hello', num_connections: 1 }));
      this.connections.push(socket);
      for (const listener of this.onConnection) listener();
    });
  }

  static async start(): Promise<SocketStandIn> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return new SocketStandIn(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Resolves with the connection of this number, from 1. */
  async connection(number = 1): Promise<WebSocket> {
    for (;;) {
      const socket = this.connections[number - 1];
      if (socket !== undefined) return socket;
      await new Promise<void>((resolve) => this.onConnection.add(resolve));
    }
  }

  get count(): number {
    return this.connections.length;
  }

  /** Delivers to the newest connection; `answer` resolves when it is acknowledged. */
  deliver(
    payload: object,
    socket = this.connections.at(-1),
  ): { id: string; answer: Promise<Acknowledgement> } {
    if (socket === undefined) throw new Error('nobody is connected');
    const id = randomUUID();
    const answer = new Promise<Acknowledgement>((resolve) => this.waiting.set(id, resolve));
    const accepts = 'type' in payload && payload.type === 'view_submission';
    socket.send(
      JSON.stringify({ envelope_id: id, type: 'interactive', accepts_response_payload: accepts, payload }),
    );
    return { id, answer };
  }

  isAcknowledged(id: string): boolean {
    return this.acknowledged.some(({ envelope_id }) => envelope_id === id);
  }

  stop(): void {
    for (const socket of this.connections) socket.terminate();
    this.server.close();
  }

  private received(text: string): void {
    const answer = JSON.parse(text) as Acknowledgement;
    this.acknowledged.push(answer);
    this.waiting.get(answer.envelope_id)?.(answer);
  }
}
