/** To the heading of what is shown, where the control that had the focus is gone: keyboards and screen readers go on from there. */
export function focusIfNowhere(): void {
  if (document.activeElement === document.body) document.querySelector<HTMLElement>('h1')?.focus();
}
