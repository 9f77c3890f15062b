import { startImageApi } from './image-api.ts';

/** The stand-in for an image API by itself, at the port that the README names: prints what it receives. */
const { origin } = await startImageApi(4001, ({ line, authorization, body }) => {
  process.stdout.write(`${line}\n  authorization: ${authorization}\n  ${body}\n`);
});
process.stdout.write(`A stand-in for an image API listens on ${origin}\n`);
