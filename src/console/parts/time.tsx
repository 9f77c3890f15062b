import { now } from './now.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** Of milliseconds: `85 ms`, `1.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  if (span < SECOND) return `${Math.round(span)} ms`;
  if (span < 10 * SECOND) return `${(span / SECOND).toFixed(1)} s`;
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min ${Math.floor((span % MINUTE) / SECOND)} s`;
  return `${Math.floor(span / HOUR)} h ${Math.floor((span % HOUR) / MINUTE)} min`;
}

/** Today's times by the clock, others with their day. */
export function Time({ at }: { at: string }) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(now.value).toDateString();
  return (
    <time dateTime={at} title={whole.format(date)}>
      {isToday ? clock.format(date) : `${day.format(date)}, ${clock.format(date).slice(0, 5)}`}
    </time>
  );
}

/** How long ago something was, roughly. */
export function Ago({ at }: { at: string | null }) {
  if (at === null) return <span class="faint">never</span>;
  const span = now.value - Date.parse(at);
  const words =
    span < MINUTE
      ? 'just now'
      : span < HOUR
        ? `${Math.floor(span / MINUTE)} min ago`
        : span < DAY
          ? `${Math.floor(span / HOUR)} h ago`
          : `${Math.floor(span / DAY)} d ago`;
  return (
    <time dateTime={at} title={whole.format(new Date(at))}>
      {words}
    </time>
  );
}

/** How long something has been going on. */
export function Since({ at }: { at: string }) {
  return <>{duration(now.value - Date.parse(at)).replace(/\.\d s/, ' s')}</>;
}
