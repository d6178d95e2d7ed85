/** What became of suggestions stands on the progress page, where there are any, with counts and uncertainty. */
import { renderToStaticMarkup } from "react-dom/server";
import { beforeAll, expect, test } from "vitest";
import { loadLanguage } from "../../i18n";
import { Suggestions } from "./Suggestions";
import { shareOf, sharesOf } from "./shares";

beforeAll(() => loadLanguage("en"));

const NONE = { unchanged: 0, edited: 0, by_hand: 0, by_hand_same: 0, hidden: 0, hidden_same: 0 };
const USED = { unchanged: 18, edited: 4, by_hand: 8, by_hand_same: 3, hidden: 25, hidden_same: 15 };

function words(suggestions: typeof NONE): string {
  const html = renderToStaticMarkup(<Suggestions suggestions={suggestions}>Hide some</Suggestions>);
  return html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

test("a share has Wilson's interval, which never leaves 0 to 1", () => {
  // Newcombe, 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I: 81 of 263 and 0 of 20.
  expect(shareOf(81, 263)).toMatchObject({ low: expect.closeTo(0.2553, 4), high: expect.closeTo(0.3662, 4) });
  expect(shareOf(0, 20)).toMatchObject({ low: 0, high: expect.closeTo(0.1611, 4) });
  expect(shareOf(20, 20)?.high).toBe(1);
});

test("nothing has no share", () => {
  expect(sharesOf(NONE)).toEqual({ accepted: null, same: null, sameHidden: null });
});

test("what is accepted, what says the same, and what says the same unseen are three shares", () => {
  const { accepted, same, sameHidden } = sharesOf(USED);

  expect([accepted?.part, accepted?.of]).toEqual([18, 30]);
  expect([same?.part, same?.of]).toEqual([21, 30]);
  expect([sameHidden?.part, sameHidden?.of]).toEqual([15, 25]);
});

test("a project without suggestions shows nothing of them", () => {
  expect(words(NONE)).toBe("");
});

test("each way to an answer is counted, and both rates stand with what they are counted of", () => {
  const said = words(USED);

  expect(said).toContain("Accepted as suggested 18");
  expect(said).toContain("Accepted, then changed 4");
  expect(said).toContain("Given by hand 3 say the same 8");
  expect(said).toContain("60% accepted as suggested");
  expect(said).toContain("18 of 30 answers");
  expect(said).toContain("60% agree, suggestions hidden");
  expect(said).toContain("15 of 25 answers");
  expect(said).toContain("21 of 30 say the same");
  expect(said).not.toContain("Hide some");
});

test("of a few answers the interval stands alone", () => {
  const said = words({ ...NONE, unchanged: 2, edited: 1 });

  expect(said).toContain("2 of 3 answers");
  expect(said).not.toContain("67%");
});

test("while nothing is hidden the way to hide some is offered", () => {
  expect(words({ ...USED, hidden: 0, hidden_same: 0 })).toContain("Hide some");
});
