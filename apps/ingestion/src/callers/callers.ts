import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { Problem } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import { IngestionConfig } from '../config';
import { sameDigest } from './constant-time';

/** What is read of a request to tell who sent it. */
export interface CallerRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: unknown;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Who may start workflows: holders of a function key, and anybody on this machine where that is allowed. */
@Injectable()
export class Callers {
  private readonly keyHashes: readonly string[];

  constructor(private readonly config: IngestionConfig) {
    this.keyHashes = config.functionKeys.split(',').filter((hash) => hash !== '');
  }

  /**
   * The caller's stable name: the hash of the key, or `anonymous`.
   *
   * @throws Problem 401 for a key that is not known, and for none where one is needed
   */
  identify(request: CallerRequest): string {
    const key = presentedKey(request);
    if (key !== undefined) {
      const hash = createHash('sha256').update(key).digest('hex');
      if (this.keyHashes.filter((known) => sameDigest(known, hash)).length === 0)
        throw unauthorized('The key is not known.');
      return hash;
    }
    if (this.config.allowAnonymousStarts && isLocal(request)) return 'anonymous';
    throw unauthorized('Send a key in the x-functions-key header.');
  }
}

const unauthorized = (detail: string) =>
  new Problem(401, detail, { headers: { 'www-authenticate': 'Bearer' } });

function presentedKey({ headers, query }: CallerRequest): string | undefined {
  const header = headers['x-functions-key'];
  if (header !== undefined) return String(header);
  if (typeof query === 'object' && query !== null && 'code' in query) return String(query.code);
  return /^Bearer +(.*)$/i.exec(headers.authorization ?? '')?.[1];
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const isLoopback = (address: string): boolean =>
  (isIPv4(address) && LOOPBACK.check(address, 'ipv4')) ||
  (isIPv6(address) && LOOPBACK.check(address, 'ipv6'));

/** A proxy on this machine does not make its clients local: all that it names must be, too. */
function isLocal({ headers, socket }: CallerRequest): boolean {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  const hops = forwarded.map((address) => address.trim()).filter((address) => address !== '');
  return [socket.remoteAddress ?? '', ...hops].every(isLoopback) && headers['forwarded'] === undefined;
}
