import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Length, ValidateNested } from 'class-validator';
import { Problem } from './problem';
import { validated } from './validated';

class Fact {
  @IsString()
  @Length(1, 10)
  label!: string;
}

class Subject {
  @ValidateNested({ each: true })
  @Type(() => Fact)
  facts!: Fact[];
}

class Request {
  @ValidateNested()
  @Type(() => Subject)
  subject!: Subject;

  @IsOptional()
  @IsInt()
  ttl?: number;
}

const body = (value: unknown) => validated(Request).transform(value, { type: 'body' });

const refused = async (value: unknown): Promise<Problem> => {
  const error: unknown = await body(value).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Problem)) throw new Error(`not refused as a problem: ${String(error)}`);
  return error;
};

describe('validated', () => {
  it('lets a valid body through as an instance of its class', async () => {
    const request = await body({ subject: { facts: [{ label: 'Task' }] }, ttl: 5 });
    expect(request).toBeInstanceOf(Request);
    expect(request.subject.facts[0]).toBeInstanceOf(Fact);
  });

  it('names every invalid field by its path', async () => {
    const problem = await refused({ subject: { facts: [{ label: 'Task' }, { label: '', x: 1 }] }, ttl: '5' });
    expect(problem.getStatus()).toBe(400);
    expect(problem.more.errors).toEqual([
      { field: 'subject.facts.1.x', message: 'is not known' },
      { field: 'subject.facts.1.label', message: 'must be longer than or equal to 1 characters' },
      { field: 'ttl', message: 'must be an integer number' },
    ]);
    expect(problem.detail).toContain('subject.facts.1.label must be longer');
  });

  it('says that a required field is missing', async () => {
    expect((await refused({ subject: { facts: [{}] } })).more.errors).toEqual([
      { field: 'subject.facts.0.label', message: 'is missing' },
    ]);
  });

  it('refuses a field that the class does not have', async () => {
    const problem = await refused({ subject: { facts: [] }, admin: true });
    expect(problem.more.errors).toEqual([{ field: 'admin', message: 'is not known' }]);
  });

  it('refuses a text where an object belongs', async () => {
    expect((await refused({ subject: 'x' })).more.errors).toEqual([
      { field: 'subject', message: 'must be an object' },
    ]);
  });

  it.each([null, undefined, 'text', 5, true, [[]], [{ subject: {} }]])(
    'refuses %j as a body',
    async (value) => {
      expect((await refused(value)).detail).toBe('The body must be a JSON object.');
    },
  );

  it('refuses a body that is nested so deeply that reading it would overflow the stack', async () => {
    const deep: unknown = JSON.parse(`{"subject":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    expect((await refused(deep)).getStatus()).toBe(400);
  });
});
