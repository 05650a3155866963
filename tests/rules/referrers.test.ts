// referrers.yaml with a mistake in it stops the build, and says where.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const rules = fileURLToPath(new URL("../../shared/enrich/rules/referrers", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "edgehose-rules-"));
afterAll(() => rmSync(folder, { recursive: true }));

const document = `suffixes:
  google: co.jp com

search:
  Bing:
    hosts: bing.com bing.com/images bing.net
    terms: q
  Google:
    hosts: google.{google}
    apps: com.google.android.googlequicksearchbox
    terms: q as_q

social:
  note:
    hosts: note.com

mail:
  Gmail:
    hosts: mail.google.com

ai_assistant:
  Claude:
    hosts: claude.ai

paid:
  A8.net:
    hosts: a8.net

unknown:
  Google Docs:
    hosts: docs.google.com
`;

function make(text: string): { status: number | null; problem: string; table: string } {
  const [input, output] = [join(folder, "in.yaml"), join(folder, "out.cpp")];
  writeFileSync(input, text);
  writeFileSync(output, "");
  const { status, stderr } = spawnSync(process.execPath, [`${rules}.ts`, input, output], { encoding: "utf8" });
  return { status, problem: stderr.trim(), table: readFileSync(output, "utf8") };
}

it("good rules become a table", () => {
  const { status, problem, table } = make(document);
  expect(problem).toBe("");
  expect(status).toBe(0);
  const lines = [...table.matchAll(/^ {4}("(?:[^"\\]|\\.)*")/gm)].map((match) => JSON.parse(match[1] ?? "") as string);
  expect(lines).toEqual([
    "co.jp com\n",
    "\n",
    "S\tq\t\tbing.com bing.com/images bing.net\n",
    "S\tq as_q\t\tgoogle.A @com.google.android.googlequicksearchbox\n",
    "C=\tnote.com\n",
    "MGmail\tmail.google.com\n",
    "A\tclaude.ai\n",
    "P~\ta8.net\n",
    "UGoogle Docs\tdocs.google.com\n",
  ]);
});

it.each([
  ["bing.com bing.com/images bing.net", "bing.net bing.com", "Bing: bing.com belongs before bing.net"],
  ["bing.com bing.com/images bing.net", "bing.com bing.com", "Bing: bing.com stands twice"],
  ["bing.com bing.com/images bing.net", "bing.com note.com", "note: note.com stands for Bing already"],
  ["bing.com bing.com/images bing.net", "bing.com www.bing.com", "Bing: www.bing.com is below bing.com, which does for both"],
  ["bing.com bing.com/images bing.net", "bing.*", "Bing: bing.* is no host"],
  ["bing.com bing.com/images bing.net", "Bing.com", "Bing: Bing.com is no host"],
  ["bing.com bing.com/images bing.net", "bing.{list}", "Bing: bing.{list}: no list of suffixes has this name"],
  ["hosts: claude.ai", "host: claude.ai", "Claude: unknown member host"],
  ["hosts: claude.ai", "apps: claude", "Claude: claude is no package"],
  ["hosts: claude.ai", "hosts: claude.ai\n    terms: q", "Claude: terms and charset are for search"],
  ["terms: q as_q", "charset: sjs", "Google: the core does not know the charset sjs"],
  ["  Bing:", "  Jing:", "search: Google belongs before Jing"],
  ["  note:", "  Bing:", "social: Bing is a source of another medium too"],
  ["mail:\n", "letters:\n", "mail: is missing"],
  ["co.jp com", "com co.jp", "google: co.jp belongs before com"],
  ["co.jp com", "co.jp com.evil.example", "google: com.evil.example has more than 2 labels"],
])("%j as %j is refused", (good, bad, expected) => {
  const { status, problem, table } = make(document.replace(good, bad));
  expect(problem).toBe(`referrers.yaml: ${expected}`);
  expect(status).toBe(1);
  expect(table).toBe("");
});

it("the rules of the project are good", () => {
  expect(make(readFileSync(`${rules}.yaml`, "utf8")).problem).toBe("");
});
