/**
 * The hand on an image: the wheel zooms about the pointer; the middle button, Space held, the hand tool or two fingers move
 * the view, and two fingers zoom it. A gesture is taken on its way down, before whatever draws.
 */
import { type RefObject, useEffect, useState } from "react";
import type { Point, Viewport } from "../../editor/viewport";

/** isHand: a plain drag moves the view too. Returns whether it does now, Space held included. */
export function useGestures(stage: RefObject<HTMLElement | null>, viewport: Viewport, isHand: boolean): boolean {
  const [isSpace, setSpace] = useState(false);
  const isHolding = isHand || isSpace;

  useEffect(() => {
    const isControl = (target: EventTarget | null): boolean =>
      target instanceof HTMLElement && target.matches("input, textarea, select, button, a, [contenteditable=true]");
    const down = (event: KeyboardEvent): void => {
      if (event.code !== "Space" || event.ctrlKey || event.metaKey || isControl(event.target)) return;
      event.preventDefault();
      setSpace(true);
    };
    const up = (event: KeyboardEvent): void => {
      if (event.code === "Space") setSpace(false);
    };
    const leave = (): void => setSpace(false);
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    window.addEventListener("blur", leave);
    return () => {
      window.removeEventListener("keydown", down);
      window.removeEventListener("keyup", up);
      window.removeEventListener("blur", leave);
    };
  }, []);

  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const wheel = (event: WheelEvent): void => {
      if (isTool(event.target)) return;
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      if (event.shiftKey) {
        viewport.pan(-(event.deltaX || event.deltaY) * pixels, 0);
        return;
      }
      // A pinch on a touch pad arrives as a wheel with Ctrl, in much smaller steps.
      const factor = Math.exp(-event.deltaY * pixels * (event.ctrlKey ? 0.01 : 0.0015));
      viewport.zoomBy(factor, { x: event.clientX - left, y: event.clientY - top });
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [stage, viewport]);

  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const pointers = new Map<number, Point>();
    let isMoving = false;
    const at = ({ clientX: x, clientY: y }: PointerEvent): Point => ({ x, y });
    const down = (event: PointerEvent): void => {
      if (isTool(event.target)) return;
      pointers.set(event.pointerId, at(event));
      if (!(isHolding && event.button === 0) && event.button !== 1 && pointers.size < 2) return;
      isMoving = true;
      event.preventDefault();
      event.stopPropagation();
      // Whoever began to draw with the first finger loses it, and calls the drawing off.
      for (const id of pointers.keys()) element.setPointerCapture(id);
    };
    const move = (event: PointerEvent): void => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = at(event);
      pointers.set(event.pointerId, now);
      if (!isMoving) return;
      event.stopPropagation();
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      const share = other ? 0.5 : 1;
      viewport.pan((now.x - before.x) * share, (now.y - before.y) * share);
      if (!other) return;
      const { left, top } = element.getBoundingClientRect();
      const length = (from: Point): number => Math.hypot(from.x - other.x, from.y - other.y) || 1;
      viewport.zoomBy(length(now) / length(before), {
        x: (now.x + other.x) / 2 - left,
        y: (now.y + other.y) / 2 - top,
      });
    };
    const up = (event: PointerEvent): void => {
      pointers.delete(event.pointerId);
      if (isMoving) event.stopPropagation();
      if (pointers.size === 0) isMoving = false;
    };
    const options = { capture: true };
    element.addEventListener("pointerdown", down, options);
    element.addEventListener("pointermove", move, options);
    element.addEventListener("pointerup", up, options);
    element.addEventListener("pointercancel", up, options);
    return () => {
      element.removeEventListener("pointerdown", down, options);
      element.removeEventListener("pointermove", move, options);
      element.removeEventListener("pointerup", up, options);
      element.removeEventListener("pointercancel", up, options);
    };
  }, [stage, viewport, isHolding]);

  return isHolding;
}

function isTool(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(".float") !== null;
}
