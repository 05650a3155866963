// A tracking plan in front of the whole flow: what it adjusts, hides and refuses is seen in the lake.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readPlan } from "../../edge/deploy/local/plan.ts";
import { untilDelivered } from "../../edge/deploy/local/stack.ts";
import { queryRows, testFolder, testStack } from "./world.ts";

const kPlan = `
version: "2026-11-23"
content_types:
  sign_up:
    stream: people
    coerce: { types: true }
    pii: { /email: hash, /phone: mask }
    schema:
      type: object
      required: [age]
      properties:
        age: { type: integer, minimum: 18 }
        email: { type: string, format: email }
        phone: { type: string }
`;

it("delivers what the plan made of an event, and fails what it refuses beside it", { timeout: 60_000 }, async () => {
  const file = join(await testFolder(), "plan.yaml");
  await writeFile(file, kPlan);
  const stack = await testStack({ plan: await readPlan(file) });
  const event = (id: string, properties: object): object => ({
    event_id: id,
    content_type: "sign_up",
    time: new Date().toISOString(),
    properties,
  });
  const answer = await fetch(`${stack.worker.url}/collect`, {
    method: "POST",
    body: JSON.stringify([
      event("grown", { age: "42", email: "a@example.com", phone: "+81 3 0000 0000" }),
      event("young", { age: 12, email: "b@example.com" }),
    ]),
  });
  expect(await answer.json()).toMatchObject({ accepted: 1, failed: [{ index: 1, pointer: "/properties/age" }] });
  await untilDelivered(stack.simulator.endpoint);

  const [row] = await queryRows(stack.data, "SELECT event_id, properties::VARCHAR AS properties, plan_version FROM events");
  expect(row).toMatchObject({ event_id: "grown", plan_version: "2026-11-23" });
  const properties: unknown = JSON.parse(String(row?.["properties"]));
  expect(properties).toMatchObject({ age: 42, phone: "***" });
  expect(JSON.stringify(row)).not.toContain("a@example.com");
  const failed = await queryRows(stack.data, "SELECT keyword, expected, raw FROM failed_events");
  expect(failed).toMatchObject([{ keyword: "minimum" }]);
  expect(Buffer.from(String(failed[0]?.["raw"]), "base64").toString()).not.toContain("b@example.com");
});

it("names file, place and mend of a plan that is wrong", async () => {
  const file = join(await testFolder(), "wrong.yaml");
  await writeFile(file, kPlan.replace("minimum", "minimun"));
  await expect(readPlan(file)).rejects.toThrow(/wrong\.yaml.*minimun/s);
});
