/** What every signed-in view shares: the commands of everywhere, the key sheet, the palette, and the blank page of a hold. */
import { Outlet, useMatchRoute } from "@tanstack/react-router";
import { Suspense, useEffect, useMemo, useState } from "react";
import { useOnHold, watchOnHold } from "../api/on-hold";
import { useMay, usePreferences, useSession } from "../api/session";
import { useCommands } from "../commands/scopes";
import { OnHold } from "../features/holds/OnHold";
import { Skeleton } from "../kit/Skeleton";
import { everywhere } from "./everywhere";
import { KeySheet } from "./KeySheet";
import { Palette } from "./Palette";
import { RootContext } from "./root-context";

export function Root() {
  const [open, setOpen] = useState<"sheet" | "palette" | null>(null);
  const { preferences, prefer } = usePreferences();
  const isFolded = preferences.layout?.["nav.folded"] === true;
  const given = useMemo(
    () => ({
      showSheet: () => setOpen("sheet"),
      showPalette: () => setOpen("palette"),
      fold: () => prefer({ layout: { ...preferences.layout, "nav.folded": !isFolded } }),
      toggleTheme: () => {
        const isDark = getComputedStyle(document.documentElement).colorScheme === "dark";
        prefer({ theme: isDark ? "light" : "dark" });
      },
    }),
    [prefer, preferences.layout, isFolded],
  );
  useCommands(everywhere, given);
  const isBlank = useBlank();
  return (
    <RootContext value={{ ...given, isFolded, preferences }}>
      <Suspense fallback={<Skeleton />}>{isBlank ? <OnHold /> : <Outlet />}</Suspense>
      {open === "sheet" && <KeySheet onClose={() => setOpen(null)} />}
      {open === "palette" && <Palette onClose={() => setOpen(null)} />}
    </RootContext>
  );
}

/**
 * Whether nothing of the material may be seen: work is on hold, and this is somebody who works on it. The customer's own people
 * who run it go on reading what is theirs, but for the workspace.
 */
function useBlank(): boolean {
  const { organization } = useSession();
  const may = useMay();
  const isHeld = useOnHold();
  const isWorking = useMatchRoute()({ to: "/projects/$project/label" }) !== false;
  useEffect(() => watchOnHold(organization.id), [organization.id]);
  return isHeld && (isWorking || !may("audit.read"));
}
