import type { DecisionKind, FlexDeployTask } from '@countersign/contracts';
import { exchange, reasonOf } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import { FlexDeployConfig } from '../config';
import { type Answer, refuseUnusable, taskOf, unavailable } from './answer';

/** No id of a task, but parts of a path that would lead elsewhere. */
const DOTS = /^\.{1,2}$/;

/**
 * FlexDeploy's REST API for approval tasks, version 1. Basic authentication, in which an API token takes
 * the password's place (source: FlexDeploy API guide). What a decision answers is not documented, so any
 * 2xx counts as done.
 *
 * Every method throws CodedError `FlexDeployUnavailable` (retryable) when FlexDeploy cannot be reached
 * or has failed, TerminalError `FlexDeployUnauthorized` on 401 and 403.
 */
@Injectable()
export class FlexDeployClient {
  private readonly authorization: string;
  private readonly base: string;

  constructor({ url, basePath, user, password, token }: FlexDeployConfig) {
    this.authorization = `Basic ${Buffer.from(`${user}:${token ?? password}`).toString('base64')}`;
    this.base = `${url.replace(/\/+$/, '')}${basePath}/tasks/approval`;
  }

  async read(taskId: string, signal: AbortSignal): Promise<FlexDeployTask> {
    if (DOTS.test(taskId)) return { found: false };
    const answer = await this.request('GET', `/${encodeURIComponent(taskId)}`, signal);
    if (answer.status === 404) return { found: false };
    return taskOf(answer, taskId);
  }

  /** Asks for a decision; what FlexDeploy said to that, 404 and other refusals included. */
  decide(action: DecisionKind, taskId: string, notes: string, signal: AbortSignal): Promise<Answer> {
    if (DOTS.test(taskId)) return Promise.resolve({ request: action, status: 404, text: '' });
    return this.request('PUT', `/${action}/${encodeURIComponent(taskId)}`, signal, { notes });
  }

  private async request(
    method: 'GET' | 'PUT',
    path: string,
    signal: AbortSignal,
    body?: object,
  ): Promise<Answer> {
    const url = `${this.base}${path}`;
    const init = {
      method,
      headers: {
        accept: 'application/json',
        authorization: this.authorization,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    };
    const answer = await this.send(url, init, signal);
    refuseUnusable(answer);
    return answer;
  }

  private async send(url: string, init: RequestInit, signal: AbortSignal): Promise<Answer> {
    const request = `${init.method} ${url}`;
    try {
      const { status, text } = await exchange(url, init, signal);
      return { request, status, text };
    } catch (cause) {
      throw unavailable(`FlexDeploy cannot be reached (${request}): ${reasonOf(cause)}`, cause);
    }
  }
}
