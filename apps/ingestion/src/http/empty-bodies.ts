import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

const JSON_TYPE = /^application\/json\b/i;

/** Takes an empty body for none although it is said to be JSON, as many clients do. */
@Injectable()
export class EmptyBodies {
  constructor({ httpAdapter }: HttpAdapterHost) {
    httpAdapter.getInstance<FastifyInstance>().addHook('onRequest', async ({ headers }) => {
      const {
        'content-length': length = '0',
        'transfer-encoding': coding,
        'content-type': type = '',
      } = headers;
      if (length === '0' && coding === undefined && JSON_TYPE.test(type)) delete headers['content-type'];
    });
  }
}
