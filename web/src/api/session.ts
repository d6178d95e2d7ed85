/** Who is signed in, and what they may do. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { loadLanguage, t } from "../i18n";
import { toast } from "../kit/Toasts";
import { call, setCsrf } from "./client";
import type { Permission, Preferences, Session, Theme } from "./contract";
import { Problem } from "./problem";

export const SESSION = ["session"];

/** The session, or null when nobody is signed in. */
export async function readSession(): Promise<Session | null> {
  try {
    return await begin(await call("GET /session"));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

let left = false;
/** Called when a person signs out by their own will: nobody has to tell them that the session is over. */
export function leave(): void {
  left = true;
}
export function hasLeft(): boolean {
  return left;
}

/** Makes a session the current one: its token, its theme, its language. */
export async function begin(session: Session): Promise<Session> {
  left = false;
  setCsrf(session.csrf);
  showTheme(session.preferences.theme ?? "system");
  document.documentElement.dataset.density = session.preferences.density ?? "usual";
  await loadLanguage(session.preferences.language ?? "en");
  return session;
}

export function showTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem("evenhand.theme");
    else localStorage.setItem("evenhand.theme", theme);
  } catch {
    // Without storage the choice lives on the server alone.
  }
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** The session of a signed-in person; only views behind the sign-in use it. */
export function useSession(): Session {
  const { data } = useQuery({ queryKey: SESSION, queryFn: readSession, staleTime: Number.POSITIVE_INFINITY });
  if (!data) throw new Error("used outside a session");
  return data;
}

export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useSession();
  return (permission) => permissions.includes(permission);
}

/** Changes a preference at once, and keeps it on the server. */
export function usePreferences(): { preferences: Preferences; prefer: (change: Preferences) => void } {
  const session = useSession();
  const client = useQueryClient();
  const prefer = (change: Preferences): void => {
    const changed = { ...session, preferences: { ...session.preferences, ...change } };
    client.setQueryData(SESSION, changed);
    void begin(changed);
    void call("PATCH /session/preferences", { body: change }).catch(() =>
      toast(t("This choice holds here, but could not be kept. Make it again when the server answers.")),
    );
  };
  return { preferences: session.preferences, prefer };
}
