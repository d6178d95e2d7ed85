/** The interface's first lines: fonts, tokens, the catalogue of words, and the root. */
import "@fontsource-variable/ibm-plex-sans/wght.css";
import "@fontsource/ibm-plex-mono/latin-400.css";
import "./tokens/tokens.css";
import "./kit/kit.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { onRefusedOnHold, onSignedOut } from "./api/client";
import { learnOnHold } from "./api/on-hold";
import { Problem } from "./api/problem";
import { SESSION } from "./api/session";
import { Gate } from "./app/Gate";
import { dispatch } from "./commands/scopes";
import { leaveDesk } from "./features/annotate/outboxes";
import { loadLanguage } from "./i18n";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      // The browser's own idea of being offline is not asked: what cannot be fetched says so.
      networkMode: "always",
      // A refusal stays a refusal; only a server that did not answer is asked again.
      retry: (count, error) => !(error instanceof Problem) && count < 2,
    },
  },
});

onSignedOut(() => {
  leaveDesk();
  client.setQueryData(SESSION, null);
});
onRefusedOnHold(learnOnHold);
document.addEventListener("keydown", dispatch);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

void loadLanguage(new URLSearchParams(location.search).get("language") ?? "en").then(() =>
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <Gate />
      </QueryClientProvider>
    </StrictMode>,
  ),
);
