/** A picture among texts: its place is kept before it is there, and a click or Enter opens it in a view that zooms. */
import { type CSSProperties, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { Content } from "../../api/contract";
import { type Size, Viewport } from "../../editor/viewport";
import { t } from "../../i18n";
import { Dialog } from "../../kit/Dialog";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { AbsentPicture } from "./AbsentPicture";
import { sizeOf, useMedia } from "./media";
import { PictureView } from "./PictureView";
import "./inline-picture.css";

interface InlinePictureProps {
  file: Content;
  /** What it shows, in words. */
  alt: string;
}

export function InlinePicture({ file, alt }: InlinePictureProps) {
  const size = sizeOf(file);
  if (!file.url || !size) return <AbsentPicture alt={alt} address="" />;
  return <Placed address={file.url} alt={alt} size={size} />;
}

function Placed({ address, alt, size }: { address: string; alt: string; size: Size }) {
  const box = useRef<HTMLDivElement>(null);
  const isNear = useNear(box);
  const { src, problem, retry } = useMedia(isNear ? address : undefined);
  const [isOpen, setOpen] = useState(false);
  return (
    <div ref={box} className="inline-picture" style={{ "--w": size.width, "--h": size.height } as CSSProperties}>
      {problem ? (
        <ProblemNotice problem={problem} onRetry={retry} />
      ) : (
        <button
          type="button"
          aria-label={t("Enlarge: {name}", { name: alt })}
          aria-haspopup="dialog"
          aria-busy={!src}
          disabled={!src}
          onClick={() => setOpen(true)}
        >
          {src && <img src={src} alt={alt} draggable={false} />}
        </button>
      )}
      {isOpen && src && <Enlarged src={src} alt={alt} size={size} onClose={() => setOpen(false)} />}
    </div>
  );
}

function Enlarged({ src, alt, size, onClose }: { src: string; alt: string; size: Size; onClose: () => void }) {
  const viewport = useMemo(() => new Viewport(size), [size]);
  return (
    <Dialog title={alt} shape="whole" onClose={onClose}>
      <PictureView src={src} alt={alt} size={size} viewport={viewport} isHand />
    </Dialog>
  );
}

/** How far from the screen a picture is fetched. TypeScript does not know yet that what scrolls inside of it has a margin too. */
const AHEAD = "600px";
interface Ahead extends IntersectionObserverInit {
  scrollMargin: string;
}

/** Whether an element is on the screen or soon will be: a conversation of a hundred pictures fetches those that are looked at. */
function useNear(element: RefObject<Element | null>): boolean {
  const [isNear, setNear] = useState(typeof IntersectionObserver === "undefined");
  useEffect(() => {
    if (isNear || !element.current) return;
    // The column that scrolls it clips it: the margin is of both, the screen and the column.
    const near: Ahead = { rootMargin: AHEAD, scrollMargin: AHEAD };
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && setNear(true), near);
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, isNear]);
  return isNear;
}
