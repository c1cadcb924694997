import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WebSocket, WebSocketServer } from 'ws';
import { FaultBoard } from '../control/fault-board';
import type { Answer } from '../ingestion/ingestion.client';
import { Journal } from '../journal/journal';
import { OwnAddress } from './own-address';
import { WORKSPACE } from './people';
import { SocketConnection } from './socket-connection';

const PATH = '/sandbox/slack/socket';
/** Milliseconds that an app has to acknowledge what somebody did. */
const ACKNOWLEDGE_WITHIN = 3000;

/** Why Slack asks a connection to go (docs.slack.dev/apis/events-api/using-socket-mode). */
export const DISCONNECT_REASONS = ['refresh_requested', 'warning', 'link_disabled'] as const;
export type DisconnectReason = (typeof DISCONNECT_REASONS)[number];

/** The server's end of Socket Mode: interactivity over connections that the app opens, instead of requests to it. */
@Injectable()
export class SocketMode implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly sockets = new WebSocketServer({ noServer: true });
  private readonly tickets = new Set<string>();
  /** Oldest first; what is delivered goes to the next one in turn. */
  private connections: SocketConnection[] = [];

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly address: OwnAddress,
    private readonly faults: FaultBoard,
    private readonly journal: Journal,
  ) {}

  onApplicationBootstrap(): void {
    const server = this.http.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.faults.changes.subscribe(() => this.isDown() && this.drop());
  }

  /** Else the shutdown would wait for them. */
  onModuleDestroy(): void {
    this.drop();
    this.sockets.close();
  }

  get connected(): number {
    return this.connections.length;
  }

  /** Where one connection may be opened, once. */
  issueUrl(): string {
    const ticket = randomUUID();
    this.tickets.add(ticket);
    return `${this.address.url.replace(/^http/, 'ws')}${PATH}?ticket=${ticket}&app_id=${WORKSPACE.app}`;
  }

  /** What the app acknowledged with, as the body. A connection that ends first hands over to the next one. */
  async deliver(payload: { readonly type: string }): Promise<Answer> {
    const envelope = {
      envelope_id: randomUUID(),
      type: 'interactive',
      accepts_response_payload: payload.type === 'view_submission',
      payload,
    };
    const start = performance.now();
    const signal = AbortSignal.timeout(ACKNOWLEDGE_WITHIN);
    const answer = (status: number, body: string): Answer => ({
      status,
      body,
      milliseconds: Math.round(performance.now() - start),
    });
    for (let connection = this.next(); connection; connection = this.next()) {
      const acknowledged = await connection.send(envelope, signal);
      if (acknowledged.end === 'acknowledged') return answer(200, acknowledged.body);
      if (acknowledged.end === 'late') return answer(0, `not acknowledged within ${ACKNOWLEDGE_WITHIN} ms`);
    }
    return answer(0, 'the connection ended before the click was acknowledged');
  }

  /** Asks every connection to go, as Slack does from time to time. */
  disconnect(reason: DisconnectReason): void {
    for (const connection of this.connections) connection.askToGo(reason);
  }

  /** Ends every connection without a word. */
  drop(): void {
    for (const connection of this.connections) connection.terminate();
  }

  /** One that was asked to go only when there is no other. */
  private next(): SocketConnection | undefined {
    const next = this.connections.find((connection) => !connection.leaving) ?? this.connections[0];
    if (next) this.connections = [...this.connections.filter((each) => each !== next), next];
    return next;
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sandbox');
    const isAllowed = pathname === PATH && this.tickets.delete(searchParams.get('ticket') ?? '');
    if (this.isDown() || !isAllowed) socket.destroy();
    else this.sockets.handleUpgrade(request, socket, head, (opened) => this.opened(opened));
  }

  private opened(socket: WebSocket): void {
    const connection = new SocketConnection(socket, () => this.closed(connection));
    this.connections = [...this.connections, connection];
    connection.greet(this.connections.length);
    this.journal.changes.next();
  }

  private closed(connection: SocketConnection): void {
    this.connections = this.connections.filter((each) => each !== connection);
    this.journal.changes.next();
  }

  private isDown(): boolean {
    return this.faults.current('slack')?.mode === 'down';
  }
}
