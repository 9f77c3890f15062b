import type { FormField } from './form-decoding.ts';

/** The part of a form control that its value is read from. */
type Control = HTMLInputElement & Pick<HTMLSelectElement, 'selectedOptions'>;

const BUTTONS = ['submit', 'reset', 'button', 'image'];

/** What a form says, in document order. Disabled controls, buttons and controls without a name say nothing. */
export function readForm(form: HTMLFormElement): FormField[] {
  const controls = Array.from(form.elements, (element) => element as Element as Control).filter(says);
  const fields = new Map<string, FormField>();
  for (const control of controls) {
    const { name } = control;
    const known = fields.get(name);
    const field = known ?? { name, values: [], isList: control.multiple === true };
    // The buttons of a radio group are one control.
    if (known && control.type !== 'radio') field.isList = true;
    field.values.push(...valuesOf(control));
    fields.set(name, field);
  }
  return [...fields.values()];
}

/** The same of a FormData, which does not know what kind of control a value is from: all but files are text. */
export function readFormData(data: FormData): FormField[] {
  return [...new Set(data.keys())].map((name) => {
    const values = data.getAll(name);
    return { name, values: values.filter((value) => !isNoFile(value)), isList: values.length > 1 };
  });
}

function says(control: Control): boolean {
  const isField = ['INPUT', 'SELECT', 'TEXTAREA'].includes(control.tagName);
  return isField && control.name !== '' && !BUTTONS.includes(control.type) && !control.matches(':disabled');
}

function valuesOf(control: Control): unknown[] {
  switch (control.type) {
    case 'number':
    case 'range':
      return Number.isNaN(control.valueAsNumber) ? [] : [control.valueAsNumber];
    case 'checkbox':
      if (!control.hasAttribute('value')) return [control.checked];
      return control.checked ? [control.value] : [];
    case 'radio':
      return control.checked ? [control.value] : [];
    case 'file':
      return Array.from(control.files ?? []).filter((file) => !isNoFile(file));
    case 'select-one':
    case 'select-multiple':
      return Array.from(control.selectedOptions)
        .filter((option) => !option.matches(':disabled'))
        .map(({ value }) => value);
    default:
      return [control.value];
  }
}

/** An empty file input stands in a FormData as a file without name or content. */
function isNoFile(value: unknown): boolean {
  return value instanceof File && value.name === '' && value.size === 0;
}
