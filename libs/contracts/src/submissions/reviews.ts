/** Queue `reviews`: who looks at talk submissions. Another service on this queue replaces the rules. */
import { IsOptional, IsString, Length, Matches, IsEmail } from 'class-validator';
import { defineActivity } from '../define';
import { Nested } from '../nested';

const queue = 'reviews';

export class Speaker {
  @IsString()
  @Length(1, 200)
  name!: string;

  @IsEmail()
  email!: string;

  @IsString()
  @Length(1, 5000)
  bio!: string;

  /** ISO 3166-1 alpha-2, or the country's name. */
  @IsString()
  @Length(2, 100)
  country!: string;
}

export class Talk {
  /** The submitter's own id of the talk. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Matches(/\S/, { message: 'id must not be blank' })
  id?: string;

  @Nested(() => Speaker)
  speaker!: Speaker;

  @IsString()
  @Length(1, 300)
  title!: string;

  @IsString()
  @Length(1, 10_000)
  description!: string;

  @IsString()
  @Length(1, 100)
  track!: string;
}

/** What a reviewer says. */
export interface Review {
  readonly accepted: boolean;
  /** For the speaker to read: which rules were applied, and which was not met. */
  readonly reasons: readonly string[];
}

const review = (name: string, description: string) =>
  defineActivity<Review>()({ name: `reviews.${name}`, queue, input: Talk, description });

export const moderate = review('moderate', 'Look whether a talk is fit to be read at all');
export const shortlist = review('shortlist', 'Look whether a talk is complete enough to be considered');
export const select = review('select', 'Decide whether a talk is in the programme');
