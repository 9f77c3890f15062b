import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  Source,
  specifiedRules,
  validate,
} from 'graphql';
import { createLru } from '../cache.ts';
import { clientError } from './client-errors.ts';
import type { OperationLimits } from './edge-config.ts';
import { complexityOf } from './operation-complexity.ts';
import { measureOperations } from './operation-size.ts';
import { withoutRepeatedFields } from './repeated-fields.ts';
import { parseError, validationError } from './safe-messages.ts';

/** Parsing and validation, with the limits on a document's size; both remembered by the document's text. */
export interface Documents {
  /** The document of a text that was sent before and may be executed. */
  recall(text: string): DocumentNode | undefined;
  /** Throws GRAPHQL_PARSE_FAILED or QUERY_TOO_COMPLEX. */
  parse(text: string): DocumentNode;
  /** Empty for a document that may be executed, as far as that can be told without variables. */
  errorsOf(document: DocumentNode): readonly GraphQLError[];
  /** QUERY_TOO_COMPLEX for an operation of such a document that is so with these variables, which fit. Documents that are recalled never are. */
  excessOf(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): GraphQLError | undefined;
}

const MAX_DOCUMENTS = 1_000;
/** Characters of a document that is remembered: what clients send again and again is shorter. */
const MAX_REMEMBERED_LENGTH = 16_384;
const MAX_VALIDATION_ERRORS = 20;

export function createDocuments(
  schema: GraphQLSchema,
  limits: OperationLimits,
  { introspection }: { introspection: boolean },
): Documents {
  const valid = createLru<string, DocumentNode>(MAX_DOCUMENTS);
  /** Whether they are too complex depends on their variables. They are looked at anew each time, as what is refused. */
  const uncertain = new WeakSet<DocumentNode>();
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];

  function errorsOf(document: DocumentNode): readonly GraphQLError[] {
    const errors = validate(schema, document, rules, { maxErrors: MAX_VALIDATION_ERRORS });
    if (errors.length > 0) return errors.map((error) => validationError(error, introspection));
    if (complexityOf(schema, document) > limits.complexity) uncertain.add(document);
    else remember(document);
    return [];
  }

  function excessOf(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    values: Readonly<Record<string, unknown>>,
  ): GraphQLError | undefined {
    if (!uncertain.has(document)) return undefined;
    const { coerced: variables } = getVariableValues(schema, operation.variableDefinitions ?? [], values);
    const complexity = complexityOf(schema, document, { operation, variables });
    if (complexity <= limits.complexity) return undefined;
    return tooComplex(
      `may resolve ${complexity} fields, at most ${limits.complexity} are allowed: ask for smaller pages`,
    );
  }

  function parseText(text: string): DocumentNode {
    try {
      return parse(new Source(text), { maxTokens: limits.tokens });
    } catch (error) {
      throw error instanceof GraphQLError ? parseError(error) : error;
    }
  }

  // Valid documents alone: what is refused is rarely sent again, and would push out what is.
  function remember(document: DocumentNode): void {
    const text = document.loc?.source.body;
    if (text !== undefined && text.length <= MAX_REMEMBERED_LENGTH) valid.set(text, document);
  }

  return {
    recall: (text) => valid.get(text),
    parse(text) {
      const document = parseText(text);
      // Of what was sent: repeats count.
      const tooLarge = findExcess(document, limits);
      if (tooLarge !== undefined) throw tooComplex(tooLarge);
      return withoutRepeatedFields(document);
    },
    errorsOf,
    excessOf,
  };
}

function findExcess(document: DocumentNode, limits: OperationLimits): string | undefined {
  const size = measureOperations(document);
  for (const measure of ['depth', 'introspectionDepth', 'aliases', 'directives'] as const) {
    if (size[measure] > limits[measure])
      return `has ${NAMES[measure]} ${size[measure]}, at most ${limits[measure]} allowed`;
  }
  return undefined;
}

const NAMES = {
  depth: 'a depth of',
  introspectionDepth: 'a depth of introspection of',
  aliases: 'a number of aliases of',
  directives: 'a number of directives of',
} as const;

function tooComplex(excess: string): GraphQLError {
  return clientError('QUERY_TOO_COMPLEX', `The operation ${excess}.`);
}
