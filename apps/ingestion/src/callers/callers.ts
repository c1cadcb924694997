import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { ApiKeys, type Caller, type KeyRequest, presentedKey } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import { IngestionConfig } from '../config';

/** What is read of a request to tell who sent it. */
export interface CallerRequest extends KeyRequest {
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Somebody on this machine without a key. */
interface Anonymous {
  readonly id: 'anonymous';
  readonly scope: 'anonymous';
}
const ANONYMOUS: Anonymous = { id: 'anonymous', scope: 'anonymous' };

/** Who may start workflows: holders of a key, and anybody on this machine where that is allowed. */
@Injectable()
export class Callers {
  constructor(
    private readonly keys: ApiKeys,
    private readonly config: IngestionConfig,
  ) {}

  /**
   * Who asks to start this workflow.
   *
   * @throws Problem 401 for a key that is not known, and for none where one is needed; 403 for one that does not fit
   */
  identify(request: CallerRequest, workflow: string): Caller | Anonymous {
    const isOpen = this.config.allowAnonymousStarts && isLocal(request);
    if (isOpen && presentedKey(request) === undefined) return ANONYMOUS;
    return this.keys.authorize(request, { scope: 'function', workflow });
  }
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
