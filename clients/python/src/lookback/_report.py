"""A report as a dictionary that a notebook shows as a page: verdict, memory, influence, confusion, findings."""

from __future__ import annotations

from html import escape
from typing import Any

#: Rows and columns of a confusion matrix that are shown.
_MOST_CLASSES = 20

_BAR = '<td style="width:240px;padding:1px 8px"><div style="background:#3b6ea8;height:10px;width:{width:.1f}%"></div></td>'
_CELL = '<td style="text-align:right;padding:1px 8px;background:rgba(59,110,168,{share:.2f})">{text}</td>'


class Report(dict[str, Any]):
    """What a trained model has learned, as `GET /v1/jobs/:id/report` answers it."""

    @property
    def verdict(self) -> str:
        return str(self["verdict"])

    def __repr__(self) -> str:
        held_out = self["heldOut"]
        return f"<Report: {self.verdict} Held-out loss {held_out['loss']:.4f}, accuracy {held_out['accuracy']:.4f}.>"

    def _repr_html_(self) -> str:
        held_out = self["heldOut"]
        parts = [
            f"<p><b>{escape(self.verdict)}</b></p>",
            f"<p>Held-out loss {held_out['loss']:.4f} nats, accuracy {held_out['accuracy']:.2%}"
            f", over {held_out['steps']:,} labels.</p>",
            self._findings(),
            _bars("What can be known, by values seen", "values", self["baselines"], "depth"),
            _bars("Influence by lag", "lag", self["influence"], "lag"),
            self._confusion(),
        ]
        return "".join(parts)

    def _findings(self) -> str:
        items = [
            f"<li>{escape(one['severity'])}, <code>{escape(one['code'])}</code>: {escape(one['message'])}</li>"
            for one in self["findings"]
        ]
        return f"<ul>{''.join(items)}</ul>" if items else ""

    def _confusion(self) -> str:
        counts: list[list[int]] = self["confusion"]
        names = [str(name) for name in self.get("labels", range(len(counts)))]
        if not 0 < len(counts) <= _MOST_CLASSES:
            return ""
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        rows = []
        for name, row in zip(names, counts):
            total = max(1, sum(row))
            cells = "".join(_CELL.format(share=count / total, text=f"{count:,}") for count in row)
            rows.append(f"<tr><th>{escape(name)}</th>{cells}</tr>")
        return f"<table><caption>Confusion: rows are labels, columns predictions</caption><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def _bars(title: str, unit: str, rows: list[dict[str, Any]], key: str) -> str:
    if not rows:
        return ""
    most = max(max(row["nats"] for row in rows), 1e-12)
    cells = "".join(
        f"<tr><th>{row[key]}</th>{_BAR.format(width=100 * row['nats'] / most)}<td>{row['nats']:.4f} nats</td></tr>"
        for row in rows
    )
    return f"<table><caption>{escape(title)}</caption><tr><th>{unit}</th><th></th><th></th></tr>{cells}</table>"
