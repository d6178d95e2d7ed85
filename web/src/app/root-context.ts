/** What the root offers to the views under it. */
import { createContext, use } from "react";
import type { Preferences } from "../api/contract";
import type { Everywhere } from "./everywhere";

interface RootValue extends Everywhere {
  isFolded: boolean;
  preferences: Preferences;
}

export const RootContext = createContext<RootValue | null>(null);

export function useRoot(): RootValue {
  const value = use(RootContext);
  if (!value) throw new Error("used outside the root");
  return value;
}
