import { workflows } from '@countersign/contracts';
import { ApiOperation } from '@countersign/service';
import { Controller, Get } from '@nestjs/common';

@Controller()
export class AboutController {
  /** What answers here, for whoever looks at the bare address. */
  @Get()
  @ApiOperation({
    tag: 'About',
    summary: 'What answers here',
    answers: {
      200: {
        description: 'Name, description, and the workflows that can be started',
        body: { type: 'object' },
      },
    },
  })
  about() {
    return {
      name: 'Countersign',
      description: 'Durable workflows that wait for people and for slow work',
      start: 'POST /api/orchestrators/{workflow}',
      status: 'GET /api/status/{id}',
      workflows: workflows.map(({ name, description }) => ({ name, description })),
    };
  }
}
