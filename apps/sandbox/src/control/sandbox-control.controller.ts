import { IsIn, IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { validated } from '@countersign/service';
import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { Journal } from '../journal/journal';
import { FAULT_MODES, FAULT_TARGETS, FaultBoard, type FaultMode, type FaultTarget } from './fault-board';

class FaultSwitch {
  @IsIn(FAULT_TARGETS)
  target!: FaultTarget;

  @IsIn(FAULT_MODES)
  mode!: FaultMode;

  /** How long it lasts. Default: until switched off. */
  @IsOptional()
  @IsNumber()
  @Min(0.001)
  @Max(24 * 3600)
  seconds?: number;

  /** HTTP status of mode `error`. */
  @IsOptional()
  @IsInt()
  @Min(400)
  @Max(599)
  status?: number;
}

@Controller('sandbox/api')
export class SandboxControlController {
  constructor(
    private readonly faults: FaultBoard,
    private readonly journal: Journal,
  ) {}

  @Get('faults')
  current() {
    return Object.fromEntries(
      FAULT_TARGETS.map((target) => [target, this.faults.current(target) ?? { mode: 'off' }]),
    );
  }

  @Post('faults')
  @HttpCode(200)
  switch(@Body(validated(FaultSwitch)) { target, ...fault }: FaultSwitch) {
    this.faults.set(target, fault);
    return this.current();
  }

  /** Forgets messages and tasks, and ends every fault. */
  @Post('reset')
  @HttpCode(204)
  reset(): void {
    this.journal.clear();
    this.faults.reset();
  }
}
