import type { AddressInfo, Server } from 'node:net';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SandboxConfig } from '../config';

/** Where others reach this service. */
@Injectable()
export class OwnAddress {
  constructor(
    private readonly config: SandboxConfig,
    private readonly http: HttpAdapterHost,
  ) {}

  /** Without a slash at its end. Known once the service listens. */
  get url(): string {
    if (this.config.publicUrl !== undefined) return this.config.publicUrl.replace(/\/$/, '');
    const { port } = (this.http.httpAdapter.getHttpServer() as Server).address() as AddressInfo;
    return `http://${this.config.host}:${port}`;
  }
}
