// The rows of the durable hop on real SQLite, with an alarm that the test looks at.

import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { SqlRows } from "../../edge/cloudflare/sql-rows.ts";
import type { RowStorage } from "../../edge/cloudflare/sql-rows.ts";

/** As much of an object's storage as the rows use. */
class FakeStorage implements RowStorage {
  readonly database = new DatabaseSync(":memory:");
  readonly alarms: number[] = [];
  readonly statements: string[] = [];
  isBroken = false;

  readonly sql = {
    exec: (query: string, ...bindings: (number | ArrayBuffer)[]) => {
      if (this.isBroken) throw new Error("not backed by SQLite");
      this.statements.push(query);
      const values = bindings.map((value) =>
        typeof value === "number" ? value : new Uint8Array(value),
      );
      const found = this.database.prepare(query).all(...values);
      const one = (): Record<string, unknown> => {
        const [first] = found;
        if (found.length !== 1 || first === undefined) throw new Error(`${found.length} rows`);
        return first;
      };
      return { toArray: () => found, one };
    },
  };
  setAlarm = (atMs: number): Promise<void> => {
    this.alarms.push(atMs);
    return this.isBroken ? Promise.reject(new Error("no alarms")) : Promise.resolve();
  };
}

function open(storage: FakeStorage, ack: "firehose" | "durable_hop", logged: string[] = []): SqlRows | undefined {
  const log = (line: string): void => void logged.push(line);
  return SqlRows.open({ storage, now: () => 1000, log }, ack);
}

function opened(storage: FakeStorage): SqlRows {
  const rows = open(storage, "durable_hop");
  if (rows === undefined) throw new Error("no rows");
  return rows;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("rows in an object's SQLite", () => {
  it("are written, listed by rising id, read and deleted", () => {
    const storage = new FakeStorage();
    const rows = opened(storage);
    rows.write(10, bytes("ten"));
    // A part of a larger buffer: only the part is stored.
    rows.write(2, bytes("a two b").subarray(2, 5));
    expect(rows.list()).toEqual([
      { rowId: 2, bytes: 3 },
      { rowId: 10, bytes: 3 },
    ]);
    expect(new TextDecoder().decode(rows.read(2))).toBe("two");
    expect(() => rows.write(2, bytes("again"))).toThrow(/UNIQUE/);
    rows.erase(2);
    expect(() => rows.read(2)).toThrow();
    expect(opened(storage).list()).toEqual([{ rowId: 10, bytes: 3 }]);
  });

  it("ask for one alarm while there are any, and for none when there are none", () => {
    const storage = new FakeStorage();
    const rows = opened(storage);
    expect(storage.alarms).toEqual([]);
    rows.write(1, bytes("x"));
    rows.write(2, bytes("x"));
    expect(storage.alarms).toEqual([11_000]);
    rows.arm();
    expect(storage.alarms).toHaveLength(2);
    // A new life of the object arms it at once.
    const again = opened(storage);
    expect(storage.alarms).toHaveLength(3);
    again.erase(1);
    again.erase(2);
    again.arm();
    expect(storage.alarms).toHaveLength(3);
    again.write(3, bytes("x"));
    expect(storage.alarms).toHaveLength(4);
  });

  it("of a configuration before are found; without any the storage is left alone", () => {
    const storage = new FakeStorage();
    expect(open(storage, "firehose")).toBeUndefined();
    expect(storage.statements.filter((query) => !query.startsWith("SELECT"))).toEqual([]);
    opened(storage).write(1, bytes("x"));
    expect(open(storage, "firehose")?.list()).toEqual([{ rowId: 1, bytes: 1 }]);
  });

  it("are not there where objects have no SQLite, and an alarm that fails is asked for again", async () => {
    const broken = new FakeStorage();
    broken.isBroken = true;
    const logged: string[] = [];
    expect(open(broken, "firehose", logged)).toBeUndefined();
    expect(logged).toEqual([]);
    expect(open(broken, "durable_hop", logged)).toBeUndefined();
    expect(logged.join()).toContain("not backed by SQLite");
    const storage = new FakeStorage();
    const rows = opened(storage);
    storage.setAlarm = () => Promise.reject(new Error("later"));
    rows.write(1, bytes("x"));
    await Promise.resolve();
    const alarms: number[] = [];
    storage.setAlarm = (atMs) => (alarms.push(atMs), Promise.resolve());
    await new Promise((resolve) => setTimeout(resolve, 0));
    rows.write(2, bytes("x"));
    expect(alarms).toEqual([11_000]);
  });
});
