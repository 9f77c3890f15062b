import { type GraphQLError, Kind } from 'graphql';
import { clientError } from './client-errors.ts';

// graphql-js quotes what it does not understand, and that may be a secret: a value of the wrong type, or text with a
// missing quote. The messages here keep the names and the types of a mistake and drop its values.

const QUOTED_TOKEN = /(Name|String|BlockString|Int|Float) ".*$/s;
const QUOTED_CHARACTERS = /: ".*$/s;

/** A document that cannot be parsed. */
export function parseError(error: GraphQLError): GraphQLError {
  if (error.message.includes('Document contains more that')) {
    return clientError('QUERY_TOO_COMPLEX', 'The document has more tokens than the server takes.');
  }
  const message = error.message.replace(QUOTED_TOKEN, '$1.').replace(QUOTED_CHARACTERS, '.');
  return clientError('GRAPHQL_PARSE_FAILED', message, {
    source: error.source ?? null,
    positions: error.positions ?? null,
  });
}

const VALUE_KINDS: ReadonlySet<Kind> = new Set([
  Kind.STRING,
  Kind.INT,
  Kind.FLOAT,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
]);
/** How messages about a value in the document begin, up to where they quote it. */
const BEFORE_VALUE = /^(?:Expected value of type "[^"]*"|(?:Enum "\w+"|\w+) cannot represent [a-z -]+value)/;
/** Messages about a value that name fields and types alone. */
const NAMES_ALONE = /^Field "[\w.]+" (?:of required type "[^"]*" was not provided|is not defined by type "[^"]*")/;
/** graphql-js' own limits, by their messages: they have nothing else to be told by. */
const EXCESSES: ReadonlyMap<string, string> = new Map([
  ['Validation aborted.', 'The document selects too many fields or fragments beside each other to be checked.'],
  ['Maximum introspection depth exceeded', 'The operation looks too deep into the schema at once.'],
]);
const HINT = / Did you mean .*$/s;

/** A document that does not fit the schema, or is too large for that to be found out. `hints` keeps "Did you mean", which tells names of the schema. */
export function validationError(error: GraphQLError, hints: boolean): GraphQLError {
  const excess = EXCESSES.get(error.message);
  if (excess !== undefined) return clientError('QUERY_TOO_COMPLEX', excess, { nodes: error.nodes ?? null });
  const aboutValue = error.nodes?.some((node) => VALUE_KINDS.has(node.kind)) === true;
  let message = hints ? error.message : error.message.replace(HINT, '');
  if (aboutValue) {
    const names = NAMES_ALONE.test(message);
    const start = BEFORE_VALUE.exec(message)?.[0];
    if (!names) message = start === undefined ? 'A value is not of the type expected.' : `${start}; found another.`;
  }
  return clientError('GRAPHQL_VALIDATION_FAILED', message, { nodes: error.nodes ?? null });
}
