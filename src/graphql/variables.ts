import {
  coerceInputValue,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { clientError } from './client-errors.ts';
import { plainlyFits } from './input-value.ts';

const MAX_ERRORS = 20;

/**
 * What is wrong with the variables of an operation. graphql-js finds the same at execution, and quotes the values that it
 * found wrong; the messages here tell places and types alone.
 */
export function variableErrors(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>>,
): GraphQLError[] {
  const errors: GraphQLError[] = [];
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    // Validation has refused types that are none.
    if (!isInputType(type)) continue;
    const report = (path: readonly (string | number)[], problem: string) => {
      if (errors.length >= MAX_ERRORS) return;
      const place = path.reduce<string>((text, key) => text + (typeof key === 'number' ? `[${key}]` : `.${key}`), name);
      errors.push(
        clientError('BAD_USER_INPUT', `Variable "$${name}": ${problem} at "${place}".`, { nodes: definition }),
      );
    };
    if (!Object.hasOwn(values, name)) {
      if (definition.defaultValue === undefined && isNonNullType(type))
        report([], `a value of type "${type}" is required`);
      continue;
    }
    const value = values[name];
    if (value === null) {
      if (isNonNullType(type)) report([], `a value of type "${type}" is required`);
      continue;
    }
    if (plainlyFits(value, type)) continue;
    coerceInputValue(value, type, (path, _value, error) => report(path, problemAt(type, path, error.message)));
  }
  return errors;
}

const UNKNOWN_FIELD = /^Field "\w+" is not defined by type "\w+"/;
const MISSING_FIELD = /^Field "\w+" of required type "[^"]*" was not provided/;

function problemAt(type: GraphQLInputType, path: readonly (string | number)[], message: string): string {
  const named = UNKNOWN_FIELD.exec(message)?.[0] ?? MISSING_FIELD.exec(message)?.[0];
  return named ?? `expected a value of type "${typeAt(type, path)}"`;
}

function typeAt(type: GraphQLInputType, path: readonly (string | number)[]): GraphQLInputType {
  return path.reduce<GraphQLInputType>((outer, key) => {
    const within = getNullableType(outer);
    if (isListType(within)) return typeof key === 'number' ? within.ofType : outer;
    return isInputObjectType(within) ? (within.getFields()[key]?.type ?? outer) : outer;
  }, type);
}
