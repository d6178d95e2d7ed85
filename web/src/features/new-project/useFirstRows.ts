/** The first rows of what was dropped as tasks: read by the server as the import would read them, files from this device. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call } from "../../api/client";
import type { Defect, Item, OntologyBody, Proposals } from "../../api/contract";
import { addressOf, giveBack } from "../../kinds/parts/media";
import { type Dropped, isPicture, isRecording } from "./files";

const SHOWN = 5;

interface FirstRows {
  items: readonly (Item | null)[];
  /** Where each stands in the file, as the import's report counts it; none for pictures. */
  lines: readonly number[];
  problems: readonly Defect[];
  error: unknown;
}

export function useFirstRows(
  body: OntologyBody | null,
  mapping: Record<string, string>,
  seen: Pick<Proposals, "rows" | "lines"> | null,
  files: readonly Dropped[],
): FirstRows {
  const shown = useLocal(files);
  const rows = seen?.rows ?? null;
  const lines = seen?.lines ?? [];
  const asked = { ontology: body, mapping, rows, lines };
  const previewed = useQuery({
    queryKey: ["preview", JSON.stringify(asked)],
    queryFn: () =>
      call("POST /imports/preview", { body: { ontology: body as OntologyBody, mapping, rows: rows ?? [], lines } }),
    enabled: body !== null && rows !== null && rows.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    // While the columns are being placed, what was shown before stays.
    placeholderData: (before) => before,
  });
  const [input] = body?.inputs ?? [];
  if (shown.length > 0 && input) {
    const items = shown.map((content) => ({ inputs: { [input.name]: content } }));
    return { items, lines: [], problems: [], error: null };
  }
  const found = previewed.data?.rows ?? [];
  return {
    items: rows ? found.map((each) => each.item as Item | null) : [],
    lines,
    problems: found.flatMap((each) => each.problems),
    error: previewed.error,
  };
}

interface Local {
  url: string;
  name: string;
  media?: Record<string, number>;
  [other: string]: unknown;
}

/** Pictures and recordings of this device, shown from where they are. */
function useLocal(files: readonly Dropped[]): Local[] {
  const [shown, setShown] = useState<Local[]>([]);
  const names = files.map(({ name }) => name).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names tell whether the files changed
  useEffect(() => {
    let isCurrent = true;
    const urls: string[] = [];
    void Promise.all(
      files.slice(0, SHOWN).map(async (dropped): Promise<Local[]> => {
        const { file, name } = dropped;
        const addressed = (): string => {
          const url = addressOf(file);
          urls.push(url);
          return url;
        };
        // How long a recording is shows itself once it is drawn.
        if (isRecording(dropped)) return [{ url: addressed(), name }];
        if (!isPicture(dropped)) return [];
        try {
          const { width, height } = await createImageBitmap(file);
          const url = addressed();
          const media = { width, height, stored_width: width, stored_height: height, orientation: 1 };
          return [{ url, name, media }];
        } catch {
          // A picture that this browser cannot draw; the server may.
          return [];
        }
      }),
    ).then((drawn) => isCurrent && setShown(drawn.flat()));
    return () => {
      isCurrent = false;
      for (const url of urls) giveBack(url);
    };
  }, [names]);
  return shown;
}
