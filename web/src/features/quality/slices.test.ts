/** What parts of the answers are called. */
import { beforeAll, expect, test } from "vitest";
import { loadLanguage } from "../../i18n";
import { vendorWord } from "./SlicesTab";

beforeAll(() => loadLanguage("en"));

test("a vendor has its name of the public register, else the end of its id; one's own people are said to be so", () => {
  const subject = "01a21349-887f-7000-a19e-c1a69c227916";

  expect(vendorWord({ subject, name: "Words North Ltd" }, "own")).toBe("Words North Ltd");
  expect(vendorWord({ subject, name: null }, "own")).toBe("vendor 9c227916");
  expect(vendorWord({ subject, name: null }, subject)).toBe("your own people");
});
