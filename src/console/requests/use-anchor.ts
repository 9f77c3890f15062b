import type { RefObject } from 'preact';
import { useLayoutEffect, useMemo } from 'preact/hooks';

/** So near the end, in pixels, that more should be there soon. */
const NEAR = 800;

/** A row, and how far below the upper edge it stood. */
interface Anchor {
  row: HTMLElement;
  top: number;
}

/**
 * Keeps what somebody looks at where it is while rows come and go above it, and asks for more near the end. At the very top new
 * rows are let in: somebody who is there wants to see them come. (Not every browser anchors by itself.) Returns the scroll listener.
 */
export function useAnchor(scroller: RefObject<HTMLElement | null>, rows: unknown, onNearEnd: () => void): () => void {
  // While rendering, before the new rows are in the page. Browsers tell of a scroll with the next frame, and rows may come first.
  const anchor = useMemo(() => anchorIn(scroller.current), [rows]);

  function look(): void {
    const element = scroller.current;
    if (element && element.scrollHeight - element.scrollTop - element.clientHeight < NEAR) onNearEnd();
  }

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && anchor?.row.isConnected) element.scrollTop = anchor.row.offsetTop - anchor.top;
    look();
  }, [rows]);

  return look;
}

/** The first row in sight; null at the very top. */
function anchorIn(element: HTMLElement | null): Anchor | null {
  if (element === null || element.scrollTop === 0) return null;
  const { scrollTop } = element;
  const row = [...element.querySelectorAll<HTMLElement>('tbody tr')].find(({ offsetTop }) => offsetTop >= scrollTop);
  return row === undefined ? null : { row, top: row.offsetTop - scrollTop };
}
