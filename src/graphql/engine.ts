import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  subscribe,
} from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { traceOperation } from '../tracing.ts';
import { forgetScopes } from './builder.ts';
import { clientError, mutationRefused } from './client-errors.ts';
import type { Context } from './context.ts';
import { createDocuments, type Documents } from './documents.ts';
import type { OperationLimits } from './edge-config.ts';
import { type ReportError, toClientError } from './error-mapping.ts';
import { masked } from './masking.ts';
import { variableErrors } from './variables.ts';

/** What a client asks for, over any transport. */
export interface OperationParams {
  query: string;
  operationName: string | null;
  variables: Readonly<Record<string, unknown>>;
}

/** An operation that may be run: its document is valid, and its caller still is one. */
export interface PreparedOperation extends ExecutionArgs {
  type: 'query' | 'mutation' | 'subscription';
  /** Never throws; every error in it is one that the client may see. */
  run(): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>>;
}

export type Preparation = PreparedOperation | { errors: readonly GraphQLError[] };

export interface Engine {
  /** Refuses with errors what may not be run; nothing has happened then. `readOnly` refuses mutations. */
  prepare(params: OperationParams, context: Context, options?: { readOnly?: boolean }): Promise<Preparation>;
}

export interface EngineOptions {
  schema: GraphQLSchema;
  limits: OperationLimits;
  introspection: boolean;
  report: ReportError;
}

/**
 * What HTTP, SSE and WebSocket share: one cache of documents, one set of limits, one masking of errors. Yoga is asked for
 * its enveloped functions alone; its HTTP side is not used, because wrapping each request and response in the Fetch API
 * costs as much as all the rest of the edge.
 */
export function createEngine({ schema, limits, introspection, report }: EngineOptions): Engine {
  const documents = createDocuments(schema, limits, { introspection });
  const yoga = createYoga<Context>({
    schema,
    logging: false,
    parserAndValidationCache: false,
    // Here, where the ID of the HTTP request is known.
    maskedErrors: false,
    plugins: [useDocuments(documents)],
  });
  // Once for all: no plugin looks at the context, and each operation brings its own.
  const enveloped = yoga.getEnveloped({} as Context);

  return {
    async prepare({ query, operationName, variables }, context, { readOnly = false } = {}) {
      const reportHere: ReportError = (error, errorId) => report(error, errorId, context.requestId);
      try {
        const known = documents.recall(query);
        const document: DocumentNode = known ?? enveloped.parse(query);
        const errors = known === undefined ? enveloped.validate(schema, document) : [];
        if (errors.length > 0) return { errors: errors.map(withoutHttp) };
        const operation = getOperationAST(document, operationName);
        if (!operation) return { errors: [unresolved(operationName)] };
        if (readOnly && operation.operation === 'mutation') return { errors: [mutationRefused()] };
        const badVariables = variableErrors(schema, operation, variables);
        if (badVariables.length > 0) return { errors: badVariables };
        const excess = known === undefined ? documents.excessOf(document, operation, variables) : undefined;
        if (excess !== undefined) return { errors: [excess] };
        const { requestId, services } = context;
        const confirmed = submitsAlone(operation)
          ? context.caller
          : await services.applications.confirm(context.caller);
        const type = operation.operation;
        const start = type === 'subscription' ? subscribe : execute;
        function run() {
          return traceOperation(type, operation?.name?.value ?? null, async (trace) => {
            const contextValue: Context = { caller: confirmed, requestId, services, charactersLoaded: 0, trace };
            const result = await start({ schema, document, operationName, variableValues: variables, contextValue });
            if (type !== 'subscription') forgetScopes(contextValue);
            return masked(result, reportHere);
          });
        }
        // graphql-ws would add the two that are undefined: `run` has its own.
        return { schema, document, operationName, rootValue: undefined, contextValue: undefined, type, run };
      } catch (error) {
        return { errors: [toClientError(error, reportHere)] };
      }
    },
  };
}

/** Yoga marks errors for its own HTTP side, and would strip the marks there. */
function withoutHttp(error: GraphQLError): GraphQLError {
  delete error.extensions.http;
  return error;
}

function useDocuments(documents: Documents): Plugin {
  return {
    onParse: ({ setParseFn }) => setParseFn((text: string) => documents.parse(text)),
    onValidate: ({ setValidationFn }) => setValidationFn((_schema, document) => documents.errorsOf(document)),
  };
}

/**
 * Whether it does nothing but submit requests. Admission itself checks that the caller is still one, in the statement that
 * stores the request; for anything else the database is asked before.
 */
function submitsAlone(operation: OperationDefinitionNode): boolean {
  return (
    operation.operation === 'mutation' &&
    operation.selectionSet.selections.every(
      (selection) => selection.kind === Kind.FIELD && selection.name.value === 'clientSecretRequest',
    )
  );
}

function unresolved(operationName: string | null): GraphQLError {
  const message =
    operationName === null
      ? 'The document has several operations, or none: say which one in operationName.'
      : 'The document has no operation of this name.';
  return clientError('OPERATION_RESOLUTION_FAILURE', message);
}
