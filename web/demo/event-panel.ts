// The panel beside the shop: each event, from the moment it is queued to its final answer.

import type { Counts, Report } from "../sdk/index.ts";

const kRowsMax = 200;

export class EventPanel {
  readonly #list = element("events");
  readonly #sinceMs = new Map<string, number>();

  /** `properties` are shown under the event's name. */
  queued(event_id: string, content_type: string, properties: object): void {
    this.#sinceMs.set(event_id, performance.now());
    this.#addRow(event_id, content_type, JSON.stringify(properties));
  }

  /** Also of events that an earlier page left behind: those get a row of their own. */
  report({ event_id, outcome, reason, pointer }: Report): void {
    const row = this.#row(event_id) ?? this.#addRow(event_id, "from an earlier page", event_id);
    const sinceMs = this.#sinceMs.get(event_id);
    const took = sinceMs === undefined ? "" : ` in ${Math.round(performance.now() - sinceMs)} ms`;
    const why = reason === undefined ? "" : `: ${reason} ${pointer ?? ""}`;
    this.#sinceMs.delete(event_id);
    setState(row, outcome, `${outcome}${took}${why}`);
  }

  count(counts: Counts, queued: number): void {
    element("count-queued").textContent = String(queued);
    for (const outcome of ["acknowledged", "failed", "refused", "dropped"] as const) {
      element(`count-${outcome}`).textContent = String(counts[outcome]);
    }
  }

  #row(event_id: string): HTMLElement | undefined {
    return this.#list.querySelector<HTMLElement>(`[data-event-id="${event_id}"]`) ?? undefined;
  }

  #addRow(event_id: string, title: string, detail: string): HTMLElement {
    const row = document.createElement("li");
    row.dataset["eventId"] = event_id;
    const [name, state, code] = ["span", "span", "code"].map((tag) => document.createElement(tag));
    if (name !== undefined) name.textContent = title;
    if (state !== undefined) state.className = "state";
    if (code !== undefined) code.textContent = detail;
    for (const part of [name, state, code]) if (part !== undefined) row.append(part);
    setState(row, "queued", "queued");
    this.#list.prepend(row);
    if (this.#list.childElementCount > kRowsMax) this.#list.lastElementChild?.remove();
    return row;
  }
}

function setState(row: HTMLElement, state: string, text: string): void {
  row.dataset["state"] = state;
  const shown = row.querySelector(".state");
  if (shown !== null) shown.textContent = text;
}

/** The element of index.html with that id. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no element #${id}`);
  return found;
}
