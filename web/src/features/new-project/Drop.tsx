/** Where a file, several pictures or a folder is dropped; buttons beside it do the same. */
import { IconFileMusic, IconFileText, IconFileUpload, IconPhoto } from "@tabler/icons-react";
import { type ReactNode, useRef, useState } from "react";
import { bytes, number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { ACCEPTED, type Dropped, isPicture, isRecording, ofDrop, ofInput } from "./files";

interface DropProps {
  files: readonly Dropped[];
  onFiles: (files: Dropped[]) => void;
  /** More about what was read, beside its size. */
  children?: ReactNode;
}

export function Drop({ files, onFiles, children }: DropProps) {
  const input = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const [first] = files;
  const Icon = !first
    ? IconFileUpload
    : isPicture(first)
      ? IconPhoto
      : isRecording(first)
        ? IconFileMusic
        : IconFileText;
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  const take = (list: FileList | null): void => {
    const chosen = ofInput(list);
    if (chosen.length > 0) onFiles(chosen);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has buttons beside it that do the same
    <div
      className={isOver ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void ofDrop(event.dataTransfer).then((dropped) => dropped.length > 0 && onFiles(dropped));
      }}
    >
      <span className="dropicon">
        <Icon size={20} stroke={1.75} aria-hidden="true" />
      </span>
      <div className="grow">
        {first ? (
          <>
            <div className="b break">
              {files.length === 1
                ? first.name
                : isRecording(first)
                  ? t("{count, plural, one {# recording} other {# recordings}}", { count: files.length })
                  : t("{count, plural, one {# picture} other {# pictures}}", { count: files.length })}
            </div>
            <div className="small t3">
              {bytes(size)}
              {children}
            </div>
          </>
        ) : (
          <>
            <div className="b">{t("Drop a file here, or a folder of pictures or recordings")}</div>
            <div className="small t3">
              {t("CSV, JSON, NDJSON, Parquet; pictures and WAV recordings, also as ZIP or TAR")}
            </div>
          </>
        )}
      </div>
      <div className="row g8 wrap">
        <Button onClick={() => input.current?.click()}>{first ? t("Replace") : t("Choose a file")}</Button>
        {!first && (
          <Button look="quiet" onClick={() => folder.current?.click()}>
            {t("A folder")}
          </Button>
        )}
      </div>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept={ACCEPTED}
        aria-label={t("File of tasks")}
        onChange={(event) => take(event.target.files)}
      />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label={t("Folder of pictures")}
        {...{ webkitdirectory: "" }}
        onChange={(event) => take(event.target.files)}
      />
      <span className="hidden-visually" role="status">
        {first ? t("{count, plural, one {# file} other {# files}} chosen", { count: number(files.length) }) : ""}
      </span>
    </div>
  );
}
