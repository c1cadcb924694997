import { IsInt, IsString } from 'class-validator';
import { asShape, jsonObjectIn } from './operators-json';

const CODE = { code: 'RulesInvalid' };
const refused = (message: string | RegExp) =>
  expect.objectContaining({ code: 'RulesInvalid', message: expect.stringMatching(message) });

it('reads an object', () => {
  expect(jsonObjectIn('{"a": [1]}', CODE)).toEqual({ a: [1] });
});

it.each(['[]', 'null', '"text"', '1'])('refuses %s, which is no object', (text) => {
  expect(() => jsonObjectIn(text, CODE)).toThrow(refused(/^it is not a JSON object$/));
});

it.each(['', '{"a": [', '{"a": hunter2}'])('says where %j is not JSON', (text) => {
  expect(() => jsonObjectIn(text, CODE)).toThrow(refused(/^it is not JSON: ./));
});

it.each([
  ['{"secret": "hunter2"', /^it is not JSON \(line 1 column 21\)$/],
  ['{"secret": hunter2}', /^it is not JSON$/],
])('repeats nothing of %j where it may hold a secret', (text, message) => {
  expect(() => jsonObjectIn(text, { ...CODE, secret: true })).toThrow(refused(message));
});

it('names each field that is wrong or not known, and no value', () => {
  class Shape {
    @IsString()
    name!: string;
    @IsInt()
    count!: number;
  }
  expect(asShape(Shape, { name: 'x', count: 1 }, CODE)).toBeInstanceOf(Shape);
  expect(() => asShape(Shape, { count: 'hunter2', cuont: 1 }, CODE)).toThrow(
    refused(/^cuont is not known; name is missing; count must be an integer number$/),
  );
});
