// pure
/** Where a value stands in the input, from its root: `['input', 'data', 'items', 0, 'id']`. */
export type ParameterPath = readonly (string | number)[];

/** Keys are the caller's, and may be as long as a request. */
const MAX_KEY_LENGTH = 100;

/** As errors name it: `input.data.items[0].id`. Written only where an error needs it. */
export function formatPath(path: ParameterPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += `${text === '' ? '' : '.'}${step.slice(0, MAX_KEY_LENGTH)}`;
  }
  return text;
}
