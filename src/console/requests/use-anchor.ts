import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** So near the end, in pixels, that more should be there soon. */
const NEAR = 800;

/**
 * Keeps what somebody looks at where it is while rows come and go above it, and asks for more near the end. At the very top new
 * rows are let in: somebody who is there wants to see them come. (Not every browser anchors by itself.) Returns the scroll listener.
 */
export function useAnchor(scroller: RefObject<HTMLElement | null>, rows: unknown, onNearEnd: () => void): () => void {
  const anchor = useRef<{ row: HTMLElement; top: number } | null>(null);

  function look(): void {
    const element = scroller.current;
    if (!element) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    const row = [...element.querySelectorAll<HTMLElement>('tbody tr')].find(({ offsetTop }) => offsetTop >= scrollTop);
    anchor.current = scrollTop > 0 && row ? { row, top: row.offsetTop - scrollTop } : null;
    if (scrollHeight - scrollTop - clientHeight < NEAR) onNearEnd();
  }

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && anchor.current?.row.isConnected) {
      element.scrollTop = anchor.current.row.offsetTop - anchor.current.top;
    }
    look();
  }, [rows]);

  return look;
}
