import { Transform } from 'class-transformer';
import { IsOptional, IsString, Length } from 'class-validator';

const Trimmed = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.trim() || undefined : value,
  );

/** Body of an approval of a file, and of its refusal; may be left out. */
export class FileDecision {
  /** Name of who decides, as they give it; of a caller with a key, the key's counts. */
  @Trimmed()
  @IsOptional()
  @IsString()
  @Length(1, 200)
  by?: string;

  @Trimmed()
  @IsOptional()
  @IsString()
  @Length(1, 2000)
  reason?: string;
}
