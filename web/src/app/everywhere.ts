/** Commands that act on every screen behind the sign-in. */
import { defineCommand } from "../commands/command";
import { t } from "../i18n";

export interface Everywhere {
  showSheet: () => void;
  showPalette: () => void;
  fold: () => void;
  toggleTheme: () => void;
}

export const showKeys = defineCommand<Everywhere>({
  id: "app.show-keys",
  title: () => t("Keyboard map of this view"),
  context: "everywhere",
  keys: ["?"],
  run: ({ showSheet }) => showSheet(),
});
export const openPalette = defineCommand<Everywhere>({
  id: "app.palette",
  title: () => t("Find a page, task or action"),
  context: "everywhere",
  keys: ["Mod+K"],
  inText: true,
  run: ({ showPalette }) => showPalette(),
});
export const foldNavigation = defineCommand<Everywhere>({
  id: "app.fold",
  title: () => t("Fold the navigation"),
  context: "everywhere",
  keys: ["Mod+B"],
  run: ({ fold }) => fold(),
});
export const toggleTheme = defineCommand<Everywhere>({
  id: "app.theme",
  title: () => t("Light or dark"),
  context: "everywhere",
  keys: ["Mod+Shift+L"],
  run: ({ toggleTheme }) => toggleTheme(),
});

export const everywhere = [showKeys, openPalette, foldNavigation, toggleTheme];
