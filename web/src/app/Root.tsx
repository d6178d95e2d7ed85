/** What every signed-in view shares: the commands of everywhere, the key sheet, the palette. */
import { Outlet } from "@tanstack/react-router";
import { Suspense, useMemo, useState } from "react";
import { usePreferences } from "../api/session";
import { useCommands } from "../commands/scopes";
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
  return (
    <RootContext value={{ ...given, isFolded, preferences }}>
      <Suspense fallback={<Skeleton />}>
        <Outlet />
      </Suspense>
      {open === "sheet" && <KeySheet onClose={() => setOpen(null)} />}
      {open === "palette" && <Palette onClose={() => setOpen(null)} />}
    </RootContext>
  );
}
