import { managementLinks, type ManagementLinks } from '@countersign/contracts';
import { presentedKey } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StatusApiConfig } from '../config';

/** Seconds that Durable Functions tells its clients to wait after a start, and between two polls. */
const AFTER_START = 10;
const BETWEEN_POLLS = 5;

/** Where callers reach the management API; never taken from a Host header. */
@Injectable()
export class ManagementAddress {
  private readonly origin: string;

  constructor({ managementUrl, publicUrl }: StatusApiConfig) {
    this.origin = (managementUrl ?? publicUrl).replace(/\/+$/, '');
  }

  /** 202 with the links of an instance, which carry the caller's own key. */
  started(request: FastifyRequest, reply: FastifyReply, id: string): ManagementLinks {
    const links = managementLinks(this.origin, id, presentedKey(request) ?? '');
    reply.status(202).headers({ location: links.statusQueryGetUri, 'retry-after': AFTER_START });
    return links;
  }

  /** 202: ask the same again. */
  goesOn(request: FastifyRequest, reply: FastifyReply): void {
    reply.status(202).headers({ location: this.origin + request.url, 'retry-after': BETWEEN_POLLS });
  }
}
