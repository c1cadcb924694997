/** The entity to begin with: a number for each key. */
import { IsInt } from 'class-validator';
import { defineEntity } from '../define';

export class AddToCounter {
  /** May be negative. */
  @IsInt()
  by!: number;
}

export class ResetCounter {}

export const counter = defineEntity<number>()({
  name: 'Counter',
  operations: { add: AddToCounter, reset: ResetCounter },
  description: 'Counts, for each key on its own',
});
