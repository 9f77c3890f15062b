import type { GraphQLResult, Headers } from './graphql.ts';

/** Asks a server. */
export type Post = <Data = Record<string, unknown>>(
  headers: Headers,
  query: string,
  variables?: object,
) => Promise<GraphQLResult<Data>>;

export interface TestApplication {
  id: string;
  clientId: string;
  clientSecret: string;
  /** Of a backend. */
  asApplication: Headers;
  /** Of a page, with a visitor ID where one is given. */
  asVisitor(visitorId?: string): Headers;
  /** Of a logged-in user. */
  asUser(
    username: string,
    token?: { groups?: string[]; canCreateSecrets?: boolean; expiresIn?: number },
  ): Promise<Headers>;
}

const CREATE_APPLICATION = `mutation ($input: CreateApplicationInput!) {
  createApplication(input: $input) { application { id } clientId clientSecret }
}`;
const ISSUE_TOKEN = 'mutation ($input: IssueUserTokenInput!) { issueUserToken(input: $input) { token } }';

/** A new application, and who may call under it. */
export async function createApplication(post: Post, asOperator: Headers, input: object = {}): Promise<TestApplication> {
  const created = await post<{
    createApplication: { application: { id: string }; clientId: string; clientSecret: string };
  }>(asOperator, CREATE_APPLICATION, { input: { name: 'test', ...input } });
  const { application, clientId, clientSecret } = created.data.createApplication;
  const asApplication = { 'x-client-id': clientId, 'x-client-secret': clientSecret };
  return {
    id: application.id,
    clientId,
    clientSecret,
    asApplication,
    asVisitor: (visitorId) => ({
      'x-client-id': clientId,
      ...(visitorId === undefined ? {} : { 'x-visitor-id': visitorId }),
    }),
    async asUser(username, token = {}) {
      const input = { username, ...token };
      const issued = await post<{ issueUserToken: { token: string } }>(asApplication, ISSUE_TOKEN, { input });
      return { 'x-client-id': clientId, authorization: `Bearer ${issued.data.issueUserToken.token}` };
    },
  };
}
