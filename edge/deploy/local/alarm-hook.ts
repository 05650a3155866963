// The other end of the alarms' webhook, on this machine: takes what would go to Slack.

import { createServer } from "node:http";

/** An alarm is judged when its minute is over. */
const kTimeoutMs = 75_000;

export interface AlarmHook {
  url: string;
  /** The texts of those that went off, as they came. */
  alarms: () => string[];
  /** The text of an alarm, when it goes off. Rejects where that does not happen in time. */
  untilAlarm: (name: string) => Promise<string>;
  stop: () => void;
}

export async function startAlarmHook(): Promise<AlarmHook> {
  const texts: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { text }: { text: string } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      texts.push(text);
      response.end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the webhook's end has no port");
  const alarms = (): string[] => texts.filter((text) => text.includes("-&gt; ALARM"));
  return {
    url: `http://127.0.0.1:${address.port}/`,
    alarms,
    untilAlarm: async (name) => {
      const end = Date.now() + kTimeoutMs;
      for (;;) {
        const text = alarms().find((message) => message.startsWith(`*${name}* `));
        if (text !== undefined) return text;
        if (Date.now() > end) throw new Error(`the alarm "${name}" did not go off; there came: ${JSON.stringify(texts)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    stop: () => void server.close(),
  };
}
