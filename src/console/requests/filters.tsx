import { HTTP_METHODS } from '../api/types.ts';
import { goTo, route } from '../route.ts';

const TEXTS = [
  { name: 'url', label: 'URL' },
  { name: 'queue', label: 'Queue' },
  { name: 'clientSecretName', label: 'Client secret' },
];
const CHOICES = [
  { name: 'status', label: 'Status', values: ['PENDING', 'RESOLVED', 'FAILED'] },
  { name: 'method', label: 'Method', values: HTTP_METHODS },
];

/** They stand in the address: a narrowed list can be kept, and "back" widens it again. */
export function Filters({ filter }: { filter: Record<string, string> }) {
  const set = (name: string) => (event: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
    goTo('requests', route.peek().id, { ...filter, [name]: event.currentTarget.value.trim() });

  return (
    <search class="filters">
      {CHOICES.map(({ name, label, values }) => (
        <label key={name}>
          <span>{label}</span>
          <select value={filter[name] ?? ''} onChange={set(name)}>
            <option value="">any</option>
            {values.map((value) => (
              <option key={value} value={value}>
                {value}
              </option>
            ))}
          </select>
        </label>
      ))}
      {TEXTS.map(({ name, label }) => (
        <label key={name} class={name}>
          <span>{label}</span>
          <input type="text" value={filter[name] ?? ''} spellcheck={false} autocomplete="off" onChange={set(name)} />
        </label>
      ))}
      {Object.keys(filter).length > 0 && (
        <button type="button" onClick={() => goTo('requests', route.peek().id)}>
          Clear
        </button>
      )}
    </search>
  );
}
