import { Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested } from 'class-validator';
import { validInput } from './valid-input';

class Part {
  @IsString()
  label!: string;
}
class Input {
  @IsInt()
  count!: number;

  @ValidateNested({ each: true })
  @Type(() => Part)
  parts!: Part[];
}
class Nothing {}

describe('validInput', () => {
  it('makes instances of the classes', async () => {
    const input = await validInput(Input, { count: 1, parts: [{ label: 'a' }] });
    expect(input).toBeInstanceOf(Input);
    expect(input.parts[0]).toBeInstanceOf(Part);
  });

  it('names every invalid field by its path', async () => {
    await expect(validInput(Input, { count: 'x', parts: [{ label: 'a' }, {}] })).rejects.toMatchObject({
      code: 'InvalidInput',
      retryable: false,
      details: ['count must be an integer number', 'parts.1.label must be a string'],
    });
  });

  it('ignores fields that a newer workflow may send', async () => {
    expect(await validInput(Nothing, { newer: 1 })).toEqual({});
  });

  it.each([null, 1, 'x', [[]]])('refuses %j, which is not an object', async (input) => {
    await expect(validInput(Nothing, input)).rejects.toMatchObject({ code: 'InvalidInput' });
  });
});
