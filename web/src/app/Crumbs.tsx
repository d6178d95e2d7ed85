/** The breadcrumb bar: where one is, and the page's actions at its end. */
import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode, useEffect } from "react";
import { Connection } from "./Connection";

interface CrumbsProps {
  trail: { to: string; word: string }[];
  here: string;
  chip?: string | null;
  children?: ReactNode;
}

export function Crumbs({ trail, here, chip, children }: CrumbsProps) {
  useEffect(() => {
    document.title = `${here} · Evenhand`;
  }, [here]);
  return (
    <header className="crumbs">
      {trail.map(({ to, word }) => (
        <Fragment key={to}>
          <Link to={to} className="t2 cut">
            {word}
          </Link>
          <span className="t3" aria-hidden="true">
            /
          </span>
        </Fragment>
      ))}
      <h1 className="b cut" style={{ font: "inherit", fontWeight: 500, letterSpacing: 0 }}>
        {here}
      </h1>
      {chip && <span className="chip flat">{chip}</span>}
      <span className="grow" />
      <Connection />
      {children}
    </header>
  );
}
