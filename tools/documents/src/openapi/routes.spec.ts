import { ApiOperation, ApiOperations, NotInApi, Unthrottled, validated } from '@countersign/service';
import {
  Body,
  Controller,
  type DynamicModule,
  Get,
  Headers,
  Module,
  Param,
  Post,
  Query,
} from '@nestjs/common';
import { IsString } from 'class-validator';
import { routesOf } from './routes';

class Order {
  @IsString()
  item!: string;
}

const answers = { 200: { description: 'Done' } };

@Controller('api/orders')
@ApiOperations({ tag: 'Start', params: { id: 'Order id' } })
class OrdersController {
  @Get([':id', ':id/lines/:line'])
  @ApiOperation({ summary: 'An order', params: { line: 'Line' }, answers })
  read(@Param('id') id: string, @Query('wait') wait: string, @Headers('prefer') prefer: string) {
    return { id, wait, prefer };
  }

  @Post()
  create(@Body(validated(Order)) order: Order) {
    return order;
  }

  @Get()
  @NotInApi('is a page')
  page() {
    return '';
  }
}

@Controller()
class RootController {
  @Get()
  @Unthrottled()
  root() {
    return '';
  }
}

@Module({ controllers: [RootController] })
class RootModule {}

const moduleWith = (controllers: DynamicModule['controllers'], imports: DynamicModule['imports'] = []) => ({
  module: class {},
  controllers,
  imports,
});

describe('routes', () => {
  const routes = routesOf(moduleWith([OrdersController], [RootModule]));

  it('are found in a module and in those that it imports, one for each path, but for those left out', () => {
    expect(routes.map(({ method, path, handler, variant }) => [method, path, handler, variant])).toEqual([
      ['get', '/api/orders/{id}', 'OrdersController.read', 0],
      ['get', '/api/orders/{id}/lines/{line}', 'OrdersController.read', 1],
      ['post', '/api/orders', 'OrdersController.create', 0],
      ['get', '/', 'RootController.root', 0],
    ]);
  });

  it('know whether requests may be refused for their number', () => {
    expect(routes.map(({ isThrottled }) => isThrottled)).toEqual([true, true, true, false]);
  });

  it('know what their handler is given, and which class checks it', () => {
    expect(routes[0]?.args).toEqual(
      expect.arrayContaining([
        { in: 'path', name: 'id' },
        { in: 'query', name: 'wait' },
        { in: 'header', name: 'prefer' },
      ]),
    );
    expect(routes[2]?.args).toEqual([{ in: 'body', dto: Order }]);
  });

  it('are described by their handler and its controller together', () => {
    expect(routes[0]?.description).toMatchObject({
      tag: 'Start',
      summary: 'An order',
      params: { id: 'Order id', line: 'Line' },
    });
    expect(routes[2]?.description).toBeUndefined();
  });

  it('refuse a description of what is no route', () => {
    class Forgotten {
      @ApiOperation({ summary: 'Nobody gets here', answers })
      lost() {}
    }
    expect(() => routesOf(moduleWith([Forgotten]))).toThrow(
      'Forgotten.lost is described, but is not a route.',
    );
  });
});
