/** What the trust centre says of records, statements and days. */
import { beforeAll, describe, expect, test } from "vitest";
import type { RecordedLook } from "../../api/contract";
import { minutesLeft } from "../../app/VisitorBanner";
import { loadLanguage } from "../../i18n";
import type { Entry } from "../log/said";
import { saidOf } from "../log/said";
import { heldOf } from "./owners";
import { quartersOf } from "./quarters";
import { boundsOf, PURPOSES, sectionOf, wordOfPurpose, wordOfRefusal, wordOfWho } from "./words";

beforeAll(() => loadLanguage("en"));

const look = (more: Partial<RecordedLook>): RecordedLook => ({
  entry_id: "0".repeat(32),
  entry: 1,
  is_published: true,
  at: "2026-11-26T09:00:00Z",
  who: null,
  is_person: true,
  is_visitor: false,
  vendor_id: null,
  action: "asset.release",
  purpose: "label",
  object_id: null,
  objects: 0,
  decision: "allow",
  rule: null,
  ...more,
});
const entry = (index: number, body: Record<string, unknown>, action = "ownership.change"): Entry => ({
  index,
  id: "0".repeat(32),
  at: `2026-11-26T09:00:0${index}Z`,
  action,
  body,
});

describe("a look", () => {
  test("names a person by the pseudonym, the software, a visitor, and somebody who was erased", () => {
    expect(wordOfWho(look({ who: "Holor-7069" }))).toBe("Holor-7069");
    expect(wordOfWho(look({ who: "Holor-7069", is_visitor: true }))).toBe("Holor-7069, of the operator");
    expect(wordOfWho(look({ is_person: false }))).toBe("Evenhand itself");
    expect(wordOfWho(look({}))).toBe("somebody who was erased");
  });

  test("has words for every purpose, and for each rule that refuses", () => {
    expect(PURPOSES.filter((each) => wordOfPurpose(each) === each)).toEqual([]);
    expect(wordOfRefusal("vendor:competitor")).toBe("refused: the vendor is tied to a competitor");
    expect(wordOfRefusal("vendor")).toBe("refused: the vendor is tied to somebody who keeps apart from you");
    for (const tie of ["vendor", "employer", "interest", "history"]) {
      // Both ways have a whole sentence: by one's own conflict, and by somebody else's.
      expect(wordOfRefusal(`${tie}:competitor`)).toMatch(/^refused: .* competitor$/);
      expect(wordOfRefusal(tie)).toMatch(/^refused: .* somebody who keeps apart from you$/);
    }
    expect(wordOfRefusal("hold")).toBe("refused, on hold");
    expect(wordOfRefusal("a rule to come")).toBe("refused: a rule to come");
  });

  test("of a day is one from midnight to midnight where the reader is", () => {
    const { since, before } = boundsOf("2026-11-26");
    expect(new Date(since).getHours()).toBe(0);
    expect(new Date(before).getDate()).toBe(27);
  });
});

test("statements become who holds what, by names where there are some", () => {
  const statements = [
    { recordType: "entity", recordId: "vendor", recordDetails: { name: "Vendor Four" } },
    { recordType: "person", recordId: "p", recordDetails: {} },
    {
      recordType: "relationship",
      statementId: "s1",
      recordDetails: {
        subject: "vendor",
        interestedParty: "p",
        interests: [{ type: "boardMember" }, { type: "shareholding", share: { exact: 12 }, endDate: "2026-01-31" }],
      },
    },
    {
      recordType: "relationship",
      statementId: "s2",
      recordDetails: { subject: "vendor", interestedParty: { reason: "unknown" }, interests: [] },
    },
  ];

  expect(heldOf(statements)).toEqual([
    {
      id: "vendor",
      name: "Vendor Four",
      by: [
        { said: "A person: board member and 12 % of the shares until 2026-01-31", statement: "s1" },
        { said: "somebody unknown: an interest that is not known", statement: "s2" },
      ],
    },
  ]);
});

test("a silence is neither a statement nor a change", () => {
  const spoke = { nothing_changed: { party: "vendor", quarter: "2026-Q4" }, declared_by: "org-1" };
  const silent = { silence: { organization: "org-1", since: "2026-06-01T00:00:00Z", due: "2026-09-08T00:00:00Z" } };

  expect(quartersOf([entry(2, silent), entry(1, spoke)])).toMatchObject({
    filed: null,
    stated: { quarter: "2026-Q4" },
  });
});

test("entries of the public log say nothing of customers", () => {
  const customer = "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11";
  const told = [
    entry(1, { ceremony: "keys-rotated" }, "key.rotate"),
    entry(2, { opened: 3, open_now: 1 }, "breakglass.open"),
    entry(3, { scope: "project", method: "keys" }, "deletion.certify"),
    entry(4, { silence: { organization: customer, since: "" } }),
  ].map(saidOf);

  expect(told.join(" ")).not.toContain(customer);
  expect(told[1]).toBe("The operator was let in to somebody’s data: 3 times so far.");
});

test("a section of a page is what stands under its heading", () => {
  const page = "# A\n\n## What may be claimed\n\n- yes\n\n## What may not be claimed\n\n- no\n\n## Who\n";
  expect(sectionOf(page, "What may not be claimed")).toBe("- no");
  expect(sectionOf(page, "Nothing")).toBe("");
});

test("minutes of a visit are rounded up and end at none", () => {
  const now = Date.parse("2026-11-26T09:00:00Z");
  expect(minutesLeft("2026-11-26T09:00:01Z", now)).toBe(1);
  expect(minutesLeft("2026-11-26T10:00:00Z", now)).toBe(60);
  expect(minutesLeft("2026-11-26T08:00:00Z", now)).toBe(0);
});
