/** How a decision is sent over HTTP: by the approval page, and by other channels (`ActionOnToken`). */
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { DECISIONS, type DecisionKind } from './approval';

/** An empty field of a form was left out. */
const BlankIsMissing = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.trim() || undefined : value,
  );

export class DecisionRequest {
  @IsIn(DECISIONS)
  action!: DecisionKind;

  /** Name of who decides, as they give it. */
  @BlankIsMissing()
  @IsOptional()
  @IsString()
  @Length(1, 200)
  by?: string;

  @BlankIsMissing()
  @IsOptional()
  @IsString()
  @Length(1, 2000)
  reason?: string;
}

/** Body of `POST /api/orchestrators/ActionOnToken`. */
export class ActionOnToken extends DecisionRequest {
  @IsString()
  @Length(1, 2000)
  token!: string;
}
