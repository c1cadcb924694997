import { ref, type Schema } from '@countersign/service';
import { IsInt, IsOptional, IsString, Length, Matches, ValidateBy } from 'class-validator';
import { SchemaCatalogue } from './catalogue';

const IsColour = (schema?: object) =>
  ValidateBy({ name: 'isColour', constraints: schema ? [schema] : [], validator: { validate: () => true } });

class Paint {
  @IsString()
  @Length(1, 20)
  name!: string;

  @IsColour({ type: 'string', pattern: '^#' })
  colour!: string | number;

  @IsColour()
  shade!: string | number;

  @IsOptional()
  @IsInt()
  litres?: number;

  @Matches(/^[A-Z]{2}$/)
  origin!: string;
}

const declared: Readonly<Record<string, Schema>> = {
  Paint: {
    type: 'object',
    description: 'What walls get',
    properties: {
      name: { type: 'string', description: 'As the tin has it' },
      shade: { type: ['string', 'number'], description: 'Light or dark' },
    },
  },
  Wall: {
    type: 'object',
    properties: { paint: { $ref: '#/definitions/Paint' }, note: { $ref: '#/definitions/Json' } },
  },
};
const catalogueOf = (closed: boolean) => new SchemaCatalogue({ read: (name) => declared[name] }, { closed });

describe('the catalogue of schemas', () => {
  const paint = catalogueOf(true).get(Paint.name);

  it('takes the constraints of a class from its decorators and the words from its comments', () => {
    expect(paint).toMatchObject({
      description: 'What walls get',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 20, description: 'As the tin has it' },
        litres: { type: 'integer' },
        origin: { type: 'string', pattern: '^[A-Z]{2}$' },
      },
    });
    expect([...((paint.required ?? []) as string[])].sort()).toEqual(['colour', 'name', 'origin', 'shade']);
  });

  it('takes what a validator of our own accepts from where it is declared, else the declared type', () => {
    expect(paint.properties).toMatchObject({
      colour: { type: 'string', pattern: '^#' },
      shade: { type: ['string', 'number'], description: 'Light or dark' },
    });
  });

  it('says that unknown fields are refused only where they are', () => {
    expect(paint).toMatchObject({ additionalProperties: false });
    expect(catalogueOf(false).get('Paint')).not.toHaveProperty('additionalProperties');
  });

  it('has everything that a part refers to, through others too', () => {
    const schemas = catalogueOf(false).referredBy({ schema: ref('Wall') });
    expect(Object.keys(schemas)).toEqual(['Json', 'Paint', 'Wall']);
    expect(schemas['Wall']).toMatchObject({ properties: { paint: ref('Paint'), note: ref('Json') } });
    expect(schemas['Json']).toEqual({ description: 'Any JSON value' });
  });
});
