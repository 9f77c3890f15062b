import { KeyholeError } from '../../client/errors.ts';

/** What went wrong, for whoever looks at the console. The API begins a sentence with the path of a value: the field says that already. */
export function errorText(error: unknown): string {
  if (!(error instanceof KeyholeError)) return 'Something went wrong in this page.';
  const { message, parameter } = error;
  if (!parameter || !message.startsWith(`${parameter} `)) return message;
  const sentence = message.slice(parameter.length + 1);
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`.replace(/\.\.$/, '.');
}
