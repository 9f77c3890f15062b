import { createSchema } from 'graphql-yoga';
import type { SubmissionInput } from '../submission.ts';
import type { answerOf } from './http-json.ts';

/** As much of the schema as the benchmark's mutation needs. */
export function submitSchema(submit: (input: SubmissionInput) => Promise<ReturnType<typeof answerOf>>) {
  return createSchema({
    typeDefs: `
      scalar JSON
      scalar JSONObject
      enum HttpMethod { GET POST PUT PATCH DELETE }
      enum RequestStatus { PENDING RESOLVED FAILED }
      input ClientSecretRequestInput {
        clientSecretName: String! url: String! method: HttpMethod! headers: JSONObject data: JSON wait: Int
      }
      type ClientSecretRequest { id: ID! status: RequestStatus! statusCode: Int responseBody: JSON }
      type ClientSecretRequestPayload { request: ClientSecretRequest! }
      type Query { ok: Boolean! }
      type Mutation { clientSecretRequest(input: ClientSecretRequestInput!): ClientSecretRequestPayload! }
    `,
    resolvers: {
      Mutation: {
        clientSecretRequest: async (_root: unknown, { input }: { input: SubmissionInput }) => ({
          request: await submit(input),
        }),
      },
    },
  });
}
