import { expect, test, vi } from "vitest";
import { onForget } from "../../api/forget";
import { leaveDesk } from "./outboxes";

test("whoever signs out leaves nothing behind in memory of what was shown", () => {
  const forgets = vi.fn();
  onForget(forgets);

  leaveDesk();

  expect(forgets).toHaveBeenCalledOnce();
});
