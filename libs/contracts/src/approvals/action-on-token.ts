/** How a decision is sent over HTTP: by the approval page, by other channels (`ActionOnToken`), and about files. */
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { DECISIONS, type DecisionKind } from './approval';

/** An empty field of a form was left out. */
const BlankIsMissing = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.trim() || undefined : value,
  );

/** Who decides, and why. All of it may be left out. */
export class DecisionDetails {
  /** Name of who decides, as they give it. Who has a key is known by it, whatever name they give. */
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

export class DecisionRequest extends DecisionDetails {
  @IsIn(DECISIONS)
  action!: DecisionKind;
}

/** Body of `POST /api/orchestrators/ActionOnToken`. */
export class ActionOnToken extends DecisionRequest {
  @IsString()
  @Length(1, 2000)
  token!: string;
}
