/** The language in which a form edits the texts of an ontology; the others of a text stay as they are. */
import { createContext, useContext } from "react";

export interface Languages {
  /** The ontology's own: what every other falls back to. */
  own: string;
  /** The one that is edited now. */
  edited: string;
}

export const EditedLanguage = createContext<Languages>({ own: "en", edited: "en" });

export function useEditedLanguage(): Languages {
  return useContext(EditedLanguage);
}
