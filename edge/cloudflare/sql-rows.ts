// The durable hop's rows in a Durable Object's SQLite, and the alarm that brings the object back for
// them. A write is confirmed before the object's next answer leaves it: that is the runtime's output
// gate, which nothing here opens early.

import type { RowStore } from "../worker/shard-driver.ts";
import type { HostConfiguration } from "../worker/configuration.ts";
import type { StoredRow } from "../worker/collector-module.ts";

/** As much of an object's storage as rows need. */
export interface RowStorage {
  sql: { exec: (query: string, ...bindings: (number | ArrayBuffer)[]) => RowCursor };
  setAlarm: (atMs: number) => Promise<void>;
}

interface RowCursor {
  toArray: () => Record<string, unknown>[];
  /** Throws unless there is exactly one. */
  one: () => Record<string, unknown>;
}

export interface SqlRowsOptions {
  storage: RowStorage;
  now: () => number;
  log: (line: string) => void;
}

/** While the object lives its timers drive the shard; the alarm is for when it is gone. */
const kAlarmDelayMs = 10_000;

export class SqlRows implements RowStore {
  readonly #storage: RowStorage;
  readonly #now: () => number;
  readonly #log: (line: string) => void;
  #rows: number;
  #isArmed = false;

  /**
   * Undefined where there are no rows and none will be: an object without a durable hop touches no
   * storage of its own. Rows of a configuration before are found all the same.
   */
  static open(options: SqlRowsOptions, ack: HostConfiguration["ack"]): SqlRows | undefined {
    const { sql } = options.storage;
    try {
      if (ack === "durable_hop") {
        sql.exec("CREATE TABLE IF NOT EXISTS rows (row_id INTEGER PRIMARY KEY, lines BLOB NOT NULL)");
        return new SqlRows(options);
      }
      const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'rows'").toArray();
      return tables.length > 0 ? new SqlRows(options) : undefined;
    } catch (error) {
      // Objects without SQLite. With a durable hop each request is then answered 503.
      if (ack === "durable_hop") options.log(`shard: no disk (${String(error)})`);
      return undefined;
    }
  }

  private constructor({ storage, now, log }: SqlRowsOptions) {
    this.#storage = storage;
    this.#now = now;
    this.#log = log;
    this.#rows = Number(this.#storage.sql.exec("SELECT count(*) AS n FROM rows").one()["n"]);
    this.arm();
  }

  list(): StoredRow[] {
    const cursor = this.#storage.sql.exec(
      "SELECT row_id, length(lines) AS bytes FROM rows ORDER BY row_id",
    );
    return cursor.toArray().map((row) => ({
      rowId: Number(row["row_id"]),
      bytes: Number(row["bytes"]),
    }));
  }

  write(rowId: number, lines: Uint8Array): void {
    // A copy: a view would store the whole buffer it looks into.
    this.#storage.sql.exec("INSERT INTO rows VALUES (?, ?)", rowId, new Uint8Array(lines).buffer);
    this.#rows += 1;
    if (!this.#isArmed) this.arm();
  }

  read(rowId: number): Uint8Array {
    const cursor = this.#storage.sql.exec("SELECT lines FROM rows WHERE row_id = ?", rowId);
    return new Uint8Array(cursor.one()["lines"] as ArrayBuffer);
  }

  erase(rowId: number): void {
    this.#storage.sql.exec("DELETE FROM rows WHERE row_id = ?", rowId);
    this.#rows -= 1;
  }

  /** Asks for an alarm while there are rows. First thing of the alarm's handler too. */
  arm(): void {
    this.#isArmed = this.#rows > 0;
    if (!this.#isArmed) return;
    this.#storage.setAlarm(this.#now() + kAlarmDelayMs).catch((error: unknown) => {
      this.#isArmed = false;
      this.#log(`shard: no alarm (${error instanceof Error ? error.message : String(error)})`);
    });
  }
}
