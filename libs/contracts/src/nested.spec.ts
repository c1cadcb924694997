import { plainToInstance } from 'class-transformer';
import { IsOptional, IsString, validateSync } from 'class-validator';
import { Nested, NestedList } from './nested';

class Leaf {
  @IsString()
  name!: string;
}

class Tree {
  @Nested(() => Leaf)
  first!: Leaf;

  @NestedList(() => Leaf)
  others!: Leaf[];

  @IsOptional()
  @Nested(() => Leaf)
  last?: Leaf;
}

const leaf = { name: 'a' };

it.each<[string, object, string[]]>([
  ['whole', { first: leaf, others: [leaf], last: leaf }, []],
  ['without what may be left out', { first: leaf, others: [] }, []],
  ['without its field', { others: [] }, ['first']],
  ['without its list', { first: leaf }, ['others']],
  ['null', { first: null, others: null, last: null }, ['first', 'others']],
  ['a text', { first: 'a', others: 'a' }, ['first', 'others']],
  ['one for a list', { first: leaf, others: leaf }, ['others']],
  ['a list for one', { first: [leaf], others: [] }, ['first']],
  ['wrong within', { first: {}, others: [leaf, {}], last: {} }, ['first', 'others', 'last']],
])('%s', (_what, given, wrong) => {
  const errors = validateSync(plainToInstance(Tree, given));
  expect(errors.map(({ property }) => property)).toEqual(wrong);
});
