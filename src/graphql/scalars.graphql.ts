import { GraphQLError, GraphQLScalarType, type ValueNode, visit } from 'graphql';
import { DateTimeResolver, JSONObjectResolver, JSONResolver } from 'graphql-scalars';
import { builder } from './builder.ts';

builder.addScalarType('DateTime', DateTimeResolver, {
  description: 'A moment in time: RFC 3339, UTC, with milliseconds.',
});
builder.addScalarType('JSON', withoutEnums(JSONResolver), { description: 'Any JSON value.' });
builder.addScalarType('JSONObject', withoutEnums(JSONObjectResolver), {
  description: 'A JSON object: string keys, any JSON values.',
});

/** JSON has no names as values: within a literal graphql-scalars would leave them out, and a request would go without them. */
function withoutEnums<Value>(scalar: GraphQLScalarType<Value>): GraphQLScalarType<Value> {
  return new GraphQLScalarType<Value>({
    ...scalar.toConfig(),
    parseLiteral(node, variables) {
      refuseEnums(node, scalar.name);
      return scalar.parseLiteral(node, variables);
    },
  });
}

/** Throws at the first one; validation makes it GRAPHQL_VALIDATION_FAILED. */
function refuseEnums(node: ValueNode, type: string): void {
  visit(node, {
    EnumValue(nodes) {
      throw new GraphQLError(`Expected value of type "${type}", found an enum value.`, { nodes });
    },
  });
}
