import { ServiceConfig, Setting } from '@countersign/service';
import { IsInt, IsString, Max, Min } from 'class-validator';

/** What the rules of rules.ts leave to a conference. */
export class TalkReviewerConfig extends ServiceConfig {
  @Setting('BANNED_WORDS', 'words that no talk may contain, separated by commas')
  @IsString()
  readonly bannedWords: string = 'casino, lottery, viagra';

  @Setting('MIN_DESCRIPTION_WORDS', 'how many words the description of a talk must have')
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly minDescriptionWords: number = 10;

  @Setting('MIN_BIO_WORDS', 'how many words the speaker must say of themselves')
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly minBioWords: number = 3;

  @Setting('TRACKS', "the conference's tracks, separated by commas")
  @IsString()
  readonly tracks: string = 'Frontend, Backend, Cloud, Data, Security';

  @Setting('MAX_TITLE_CHARACTERS', 'longest title that the printed programme has room for')
  @IsInt()
  @Min(1)
  @Max(300)
  readonly maxTitleCharacters: number = 100;
}
