/** The commands that check a release on the reader's own machine, to copy. */
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";

export function CheckCommands({ release }: { release: number }) {
  const [isCopied, setCopied] = useState(false);
  const lines: [string, string][] = [
    [
      t("one file, Python’s standard library alone; the key from your contract"),
      `python3 evenhand_verify.py release-${release} --key contract-key.pem`,
    ],
    [
      t("or with OpenSSL and sha256sum, as VERIFY.md says"),
      "openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in …",
    ],
  ];
  const text = lines.map(([comment, command]) => `# ${comment}\n${command}`).join("\n");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Plain http has no clipboard; the text can be selected.
    }
  };
  return (
    <div className="well row top g8">
      <pre className="mono small grow commands">
        {lines.map(([comment, command]) => (
          <span key={command}>
            <span className="t3"># {comment}</span>
            {`\n${command}\n`}
          </span>
        ))}
      </pre>
      <IconButton name={isCopied ? t("Copied") : t("Copy the commands")} onClick={() => void copy()}>
        {isCopied ? <IconCheck size={16} aria-hidden="true" /> : <IconCopy size={16} aria-hidden="true" />}
      </IconButton>
    </div>
  );
}

/** What the stand-alone checker looks at, in its order (verify/evenhand_verify.py). */
export function Checks() {
  const checks = [
    t("the key: the one from your contract; the one in the download proves only that the files belong together"),
    t("the signature over the statement, Ed25519"),
    t("the statement: it names every file with its SHA-256, the counts and the note"),
    t("every file against the statement; missing, added and renamed ones"),
    t("the manifest against the files: sizes, digests, rows; where a file was changed, the bytes and lines"),
    t("the signed counts against the rows that are there"),
  ];
  return (
    <div className="col g8">
      <h3 className="b">{t("What the first one checks, in this order")}</h3>
      <ol className="checked col g4">
        {checks.map((each) => (
          <li key={each} className="t2">
            {each}
          </li>
        ))}
      </ol>
      <p className="small t3">
        {t("That a label is right it cannot tell: the agreement with its interval, the counts and the answers do.")}
      </p>
    </div>
  );
}
