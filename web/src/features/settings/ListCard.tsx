/** A card of the settings: a list, a button that adds to it, and what stands there while it is empty. */
import type { ComponentProps, ReactNode } from "react";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";

interface ListCardProps<Row> {
  title: string;
  add: string;
  onAdd: () => void;
  query: ComponentProps<typeof Faces<{ items: Row[] }>>["query"];
  empty: { title: string; words: string };
  /** Cells of the head; one for the actions follows. */
  head: ReactNode;
  row: (each: Row) => ReactNode;
  /** The dialogs that are open. */
  children: ReactNode;
}

export function ListCard<Row>({ title, add, onAdd, query, empty, head, row, children }: ListCardProps<Row>) {
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{title}</h2>
        <Button size="s" onClick={onAdd}>
          {add}
        </Button>
      </div>
      <Faces query={query} lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={empty.title}>{empty.words}</Empty>
          ) : (
            <div className="scroll-x">
              <table className="tbl">
                <thead>
                  <tr>
                    {head}
                    <th aria-label={t("Actions")} />
                  </tr>
                </thead>
                <tbody>{items.map(row)}</tbody>
              </table>
            </div>
          )
        }
      </Faces>
      {children}
    </section>
  );
}
