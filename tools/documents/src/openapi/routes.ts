/** The routes of Nest modules, read from what Nest's decorators leave behind; nothing is started for it. */
import {
  descriptionOf,
  isNotInApi,
  isUnthrottled,
  type OperationDescription,
  type ValidatedPipe,
} from '@countersign/service';
import { type DynamicModule, RequestMethod, type Type } from '@nestjs/common';
import {
  METHOD_METADATA,
  MODULE_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { MetadataScanner } from '@nestjs/core';

/** Something of the request that a handler is given. */
export interface Argument {
  readonly in: 'body' | 'path' | 'query' | 'header';
  /** Undefined where the handler is given all of them. */
  readonly name?: string;
  /** The class that it is checked against. */
  readonly dto?: new () => object;
}

export interface Route {
  /** `StatusController.status`. */
  readonly handler: string;
  /** Which of the handler's paths this is, from 0. */
  readonly variant: number;
  readonly method: string;
  /** `/api/status/{id}`. */
  readonly path: string;
  readonly args: readonly Argument[];
  /** Whether requests may be refused for their number. */
  readonly isThrottled: boolean;
  /** Undefined where nobody wrote one. */
  readonly description: OperationDescription | undefined;
}

type Controller = Type<object>;
type Handler = (...args: never) => unknown;

/** Every route of a module and of those that it imports, but for those that are meant to be left out. */
export const routesOf = (module: DynamicModule): Route[] => controllersOf(module).flatMap(routesOfController);

function controllersOf(module: DynamicModule | Controller): Controller[] {
  const dynamic = 'module' in module ? module : undefined;
  const type = (dynamic?.module ?? module) as Controller;
  const declared = <T>(key: string) => (Reflect.getMetadata(key, type) ?? []) as readonly T[];
  const controllers = [...declared<Controller>(MODULE_METADATA.CONTROLLERS), ...(dynamic?.controllers ?? [])];
  const imports = [...declared<Controller>(MODULE_METADATA.IMPORTS), ...(dynamic?.imports ?? [])];
  return [...controllers, ...imports.flatMap((part) => controllersOf(part as DynamicModule | Controller))];
}

function routesOfController(controller: Controller): Route[] {
  const prototype = controller.prototype as Record<string, Handler>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler = prototype[name] as Handler;
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    const description = descriptionOf(controller, handler);
    if (method === undefined && description !== undefined)
      throw new Error(`${controller.name}.${name} is described, but is not a route.`);
    if (method === undefined || isNotInApi(handler)) return [];
    const route = {
      handler: `${controller.name}.${name}`,
      method: RequestMethod[method].toLowerCase(),
      args: argumentsOf(controller, name),
      isThrottled: !isUnthrottled(handler),
      description,
    };
    const paths = pathsOf(controller).flatMap((prefix) =>
      pathsOf(handler).map((path) => `${prefix}/${path}`),
    );
    return paths.map((path, variant) => ({ ...route, variant, path: templateOf(path) }));
  });
}

const pathsOf = (target: object): string[] => [Reflect.getMetadata(PATH_METADATA, target) as string].flat();

/** `api//status/:id/` becomes `/api/status/{id}`. */
const templateOf = (path: string): string =>
  `/${path.split('/').filter(Boolean).join('/')}`.replace(/:(\w+)/g, '{$1}');

const PLACES: Readonly<Record<number, Argument['in']>> = {
  [RouteParamtypes.BODY]: 'body',
  [RouteParamtypes.PARAM]: 'path',
  [RouteParamtypes.QUERY]: 'query',
  [RouteParamtypes.HEADERS]: 'header',
};

interface NestArgument {
  readonly data?: string;
  readonly pipes?: readonly unknown[];
}

function argumentsOf(controller: Controller, handler: string): Argument[] {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {}) as object;
  return Object.entries(args).flatMap(([key, { data, pipes = [] }]: [string, NestArgument]) => {
    const place = PLACES[Number(key.split(':')[0])]; // `3:0`: kind and position
    if (place === undefined) return [];
    const dto = pipes.find(isValidatedPipe)?.dto;
    return [{ in: place, ...(data === undefined ? {} : { name: data }), ...(dto ? { dto } : {}) }];
  });
}

const isValidatedPipe = (pipe: unknown): pipe is ValidatedPipe<object> =>
  typeof pipe === 'object' && pipe !== null && 'dto' in pipe;
