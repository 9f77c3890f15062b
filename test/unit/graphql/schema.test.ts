import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputField,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { NODE_TYPES } from '../../../src/graphql/global-id.ts';
import { printedSchema } from '../../../src/graphql/print-schema.ts';
import { schema } from '../../../src/graphql/schema.ts';

const root = new URL('../../../', import.meta.url);
const contract = buildSchema(readFileSync(new URL('test/contract/contract.graphql', root), 'utf8'));

/** Everything a client can rely on, a line for each: names, types, nullability, defaults, descriptions. */
function promises(of: typeof schema): string[] {
  const lines: string[] = [];
  const add = (place: string, what: unknown, description?: string | null) => {
    lines.push(`${place}: ${what}`);
    if (description) lines.push(`${place} is described: ${description}`);
  };
  for (const type of Object.values(of.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    add(type.name, type.astNode?.kind ?? kindOf(type), type.description);
    if (isEnumType(type))
      for (const value of type.getValues()) add(`${type.name}.${value.name}`, 'value', value.description);
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const implemented of type.getInterfaces()) add(type.name, `implements ${implemented.name}`);
      for (const field of Object.values(type.getFields())) addField(type.name, field);
    }
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) addInput(type.name, field);
  }
  function addField(parent: string, field: GraphQLField<unknown, unknown>): void {
    add(`${parent}.${field.name}`, field.type, field.description);
    for (const argument of field.args) {
      add(
        `${parent}.${field.name}(${argument.name})`,
        `${argument.type} = ${argument.defaultValue}`,
        argument.description,
      );
    }
  }
  function addInput(parent: string, field: GraphQLInputField): void {
    add(`${parent}.${field.name}`, `${field.type} = ${field.defaultValue}`, field.description);
  }
  return lines;
}

function kindOf(type: unknown): string {
  if (isScalarType(type)) return 'ScalarTypeDefinition';
  if (isEnumType(type)) return 'EnumTypeDefinition';
  if (isInputObjectType(type)) return 'InputObjectTypeDefinition';
  return isInterfaceType(type) ? 'InterfaceTypeDefinition' : 'ObjectTypeDefinition';
}

describe('the schema', () => {
  test('lacks nothing of the contract', () => {
    const offered = new Set(promises(schema));
    expect(promises(contract).filter((promise) => !offered.has(promise))).toEqual([]);
  });

  test('demands no input that the contract does not know', () => {
    const known = new Set(promises(contract));
    const demanded = promises(schema).filter((line) => / = /.test(line) && /! = undefined$/.test(line));
    const added = ['Queue', 'Query.queues', 'Subscription.queueUpdated'];
    expect(demanded.filter((line) => !known.has(line) && !added.some((name) => line.startsWith(name)))).toEqual([]);
  });

  test('is what schema.graphql says: run `npm run schema:print` after changing it', () => {
    expect(readFileSync(new URL('schema.graphql', root), 'utf8')).toBe(printedSchema());
  });

  test('gives global IDs to exactly the types that can be looked up', () => {
    const node = schema.getType('Node');
    const types = isInterfaceType(node) ? schema.getPossibleTypes(node).map((type) => type.name) : [];
    expect(types.sort()).toEqual([...NODE_TYPES].sort());
  });

  test('says for every root field which callers it is for', () => {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const open = roots.flatMap((type) =>
      Object.values(type?.getFields() ?? {})
        .filter((field) => scopesOf(field) === undefined)
        .map((field) => `${type?.name}.${field.name}`),
    );
    expect(open).toEqual([]);
  });
});

function scopesOf(field: GraphQLField<unknown, unknown>): unknown {
  // Where Pothos keeps what a field was declared with.
  const { pothosOptions } = field.extensions as { pothosOptions?: { authScopes?: unknown } };
  return pothosOptions?.authScopes;
}
