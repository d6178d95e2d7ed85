/** What the page of guidelines fetches: a version, and what is discussed. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";

export function useVersion(project: string, version: number | null) {
  return useQuery({
    queryKey: ["guidelines", project, version],
    queryFn: () => call("GET /projects/{project}/guidelines", { path: { project }, query: { version } }),
    staleTime: version === null ? 10_000 : Number.POSITIVE_INFINITY,
    enabled: version !== 0,
  });
}

export function useDiscussions(project: string, state: "open" | "resolved") {
  return useInfiniteQuery({
    queryKey: ["discussions", project, state],
    queryFn: ({ pageParam }) =>
      call("GET /projects/{project}/guidelines/discussions", {
        path: { project },
        query: { state, cursor: pageParam, limit: 50 },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 10_000,
  });
}
