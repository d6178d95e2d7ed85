/** Messages: the English text is its own id, written as t("…"); catalogues are compiled before each build. */
import type { ExtractorType, LinguiConfig } from "@lingui/conf";
import ts from "typescript";

/** Finds t("literal"), counted("one", "many", …) calls; everything else in a file is left alone. */
const calls: ExtractorType = {
  match: (filename) => /\.tsx?$/.test(filename) && !/\.test\.tsx?$/.test(filename),
  extract(filename, code, onMessage) {
    const source = ts.createSourceFile(filename, code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TSX);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "t") {
        const [first] = node.arguments;
        if (first && ts.isStringLiteralLike(first)) {
          const { line } = source.getLineAndCharacterOfPosition(first.getStart());
          onMessage({ id: first.text, message: first.text, origin: [filename, line + 1, 0], placeholders: {} });
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  },
};

const config: LinguiConfig = {
  sourceLocale: "en",
  locales: ["en", "pseudo"],
  pseudoLocale: "pseudo",
  fallbackLocales: { pseudo: "en" },
  extractors: [calls],
  orderBy: "message",
  catalogs: [{ path: "<rootDir>/src/locales/{locale}", include: ["<rootDir>/src"] }],
};

export default config;
