/** The commands that check a release on the reader's own machine, to copy. */
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";

export function CheckCommands({ release }: { release: number }) {
  const [isCopied, setCopied] = useState(false);
  const lines: [string, string][] = [
    [t("one file, Python’s standard library alone"), `python3 evenhand_verify.py release-${release}`],
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
