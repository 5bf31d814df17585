// Scrolling that follows a growing answer, and never moves the page under someone who reads.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";

/** Within this distance of the end, in pixels, the person counts as being at the end. */
const NEAR_PX = 48;

export function useFollow(scroller: RefObject<HTMLElement | null>, key: string) {
  const [isAway, setIsAway] = useState(false);
  const follows = useRef(true);

  const goToNewest = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    follows.current = true;
    setIsAway(false);
    box.scrollTop = box.scrollHeight;
  }, []);

  useEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    goToNewest();
    let lastTop = box.scrollTop;
    const onScroll = () => {
      const distance = box.scrollHeight - box.clientHeight - box.scrollTop;
      // Only a move upwards ends following: growth of the content alone also changes the distance.
      if (box.scrollTop < lastTop - 1 && distance > NEAR_PX) follows.current = false;
      if (distance <= NEAR_PX) follows.current = true;
      lastTop = box.scrollTop;
      setIsAway(distance > NEAR_PX);
    };
    const onGrowth = () => {
      if (follows.current) box.scrollTop = box.scrollHeight;
      else setIsAway(box.scrollHeight - box.clientHeight - box.scrollTop > NEAR_PX);
    };
    box.addEventListener("scroll", onScroll, { passive: true });
    const sizes = new ResizeObserver(onGrowth);
    const children = new MutationObserver(() => {
      sizes.disconnect();
      sizes.observe(box);
      for (const child of box.children) sizes.observe(child);
    });
    children.observe(box, { childList: true });
    sizes.observe(box);
    for (const child of box.children) sizes.observe(child);
    return () => {
      box.removeEventListener("scroll", onScroll);
      sizes.disconnect();
      children.disconnect();
    };
  }, [key]);

  return { isAway, goToNewest };
}
