import { workflows } from '@countersign/contracts';
import { Controller, Get } from '@nestjs/common';

@Controller()
export class AboutController {
  /** What answers here, for whoever looks at the bare address. */
  @Get()
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
