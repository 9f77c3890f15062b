import { builder } from './builder.ts';

// The root types, empty: each feature adds its own fields.
builder.queryType({});
builder.mutationType({});
builder.subscriptionType({});
