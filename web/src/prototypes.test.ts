/**
 * Nothing of a user's naming is written into a plain object by assignment: "__proto__" as a name would change what every object is.
 * Spread, Object.fromEntries, Map and Record types that are built whole define properties of their own and are safe.
 */
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const WEB = join(import.meta.dirname, "..");

/** Places where a name that is computed is assigned to, or where one object is merged into another in place. */
function unsafe(program: ts.Program, isOurs: (file: ts.SourceFile) => boolean): string[] {
  const checker = program.getTypeChecker();
  const found: string[] = [];
  const isNumber = (node: ts.Expression): boolean => {
    const { flags } = checker.getTypeAtLocation(node);
    return (flags & ts.TypeFlags.NumberLike) !== 0;
  };
  /** Names that are written in the code: each is one we know. */
  const isWritten = (node: ts.Expression): boolean => {
    const type = checker.getTypeAtLocation(node);
    const each = type.isUnion() ? type.types : [type];
    return each.every((one) => one.isStringLiteral() && one.value !== "__proto__");
  };
  const visit = (node: ts.Node): void => {
    const at = (what: string): void => {
      const file = node.getSourceFile();
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${file.fileName.replace(`${WEB}/`, "")}:${line + 1} ${what}`);
    };
    if (
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      node.operatorToken.kind <= ts.SyntaxKind.LastAssignment &&
      ts.isElementAccessExpression(node.left) &&
      !isNumber(node.left.argumentExpression) &&
      !isWritten(node.left.argumentExpression)
    ) {
      at("assigns to a computed name");
    }
    if (
      ts.isCallExpression(node) &&
      /^(Object\.assign|Object\.setPrototypeOf|Reflect\.set)$/.test(node.expression.getText())
    ) {
      at("merges in place");
    }
    if (ts.isPropertyAccessExpression(node) && node.name.text === "__proto__") at("names __proto__");
    ts.forEachChild(node, visit);
  };
  for (const file of program.getSourceFiles()) if (isOurs(file)) visit(file);
  return found;
}

test("no name that a user gives is assigned to on a plain object", { timeout: 120_000 }, () => {
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(WEB, "tsconfig.json"), ts.sys.readFile).config,
    ts.sys,
    WEB,
  );
  const program = ts.createProgram(config.fileNames, config.options);

  const found = unsafe(
    program,
    ({ fileName }) => fileName.startsWith(join(WEB, "src/")) && !fileName.includes(".test."),
  );

  expect(found).toEqual([]);
});

test("such an assignment would be found", () => {
  const source = `
    const kept: Record<string, number> = {};
    declare const name: string; declare const known: "a" | "b"; declare const list: number[];
    kept[name] = 1; kept[known] = 2; list[0] = 3;
    Object.assign(kept, JSON.parse("{}"));
  `;
  const file = ts.createSourceFile("astray.ts", source, ts.ScriptTarget.ES2022, true);
  const host = ts.createCompilerHost({});
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...more) => (name === "astray.ts" ? file : read(name, ...more));
  const program = ts.createProgram(["astray.ts"], { noLib: false, types: [] }, host);

  expect(unsafe(program, ({ fileName }) => fileName === "astray.ts")).toEqual([
    "astray.ts:4 assigns to a computed name",
    "astray.ts:5 merges in place",
  ]);
});
