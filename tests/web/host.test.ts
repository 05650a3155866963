import { describe, expect, it } from "vitest";
import { sumStatus } from "../../edge/cloudflare/status.ts";
import { visitorOf } from "../../edge/cloudflare/visitor.ts";
import { workerdConfig } from "../../edge/cloudflare/workerd-config.ts";
import { readConfiguration, shardConfiguration } from "../../edge/worker/configuration.ts";

describe("visitor", () => {
  const sent = new Headers({
    "cf-connecting-ip": "203.0.113.7",
    "cf-ipcountry": "XX",
    "cf-ipcity": "Spoofed",
    "cf-asn": "1",
  });

  it("believes Cloudflare about the place, and no header that a client can send", () => {
    const cf = { colo: "NRT", country: "JP", regionCode: "13", asn: 64500 };
    expect(visitorOf(sent, cf)).toEqual({
      client_ip: "203.0.113.7",
      geo: { "cf-ipcountry": "JP", "cf-region-code": "13", "cf-ipcity": "", "cf-asn": "64500" },
    });
  });

  it("takes the headers where there is no Cloudflare", () => {
    for (const cf of [undefined, { clientIp: "127.0.0.1:9" }]) {
      expect(visitorOf(sent, cf).geo).toMatchObject({ "cf-ipcountry": "XX", "cf-asn": "1" });
    }
  });
});

describe("status of several shards", () => {
  it("sums counters, takes the highest of high-water marks, and the last failure there was", () => {
    const shards = [
      { held_lines: 2, held_bytes_max_seen: 70, last_failure: "400 X" },
      { held_lines: 3, held_bytes_max_seen: 50, last_failure: "" },
    ].map((counters) => JSON.stringify(counters));
    expect(sumStatus(shards)).toEqual({
      shards: 2,
      held_lines: 5,
      held_bytes_max_seen: 70,
      last_failure: "400 X",
    });
  });
});

describe("configuration of the host", () => {
  it("has defaults for all but the region", () => {
    expect(readConfiguration('{"region":"ap-northeast-1"}')).toEqual({
      region: "ap-northeast-1",
      endpoint: "https://firehose.ap-northeast-1.amazonaws.com",
      shards: 1,
      status: false,
      ack: "firehose",
      body_bytes_max: 1_048_576,
    });
  });

  it("gives each shard its part of the quota, and changes nothing else", () => {
    const config = {
      region: "r",
      shards: 3,
      pacing: { mode: "on", share_permille: 900 },
      streams: { "*": "s" },
    };
    expect(JSON.parse(shardConfiguration(JSON.stringify(config)))).toEqual({
      ...config,
      pacing: { mode: "on", share_permille: 300 },
    });
    const many = JSON.stringify({ region: "r", shards: 1000, pacing: { share_permille: 10 } });
    expect(JSON.parse(shardConfiguration(many)).pacing).toEqual({ share_permille: 1 });
  });

  it.each([
    ["{", "is not JSON"],
    ["[]", "wants an object"],
    ["{}", "/region"],
    ['{"region":"a/b"}', "/region"],
    ['{"region":"r","endpoint":"nowhere"}', "/endpoint"],
    ['{"region":"r","shards":0}', "/shards"],
    ['{"region":"r","limits":{"body_bytes_max":1.5}}', "/limits/body_bytes_max"],
  ])("refuses %s and says where", (json, where) => {
    expect(() => readConfiguration(json)).toThrow(where);
  });
});

describe("configuration of workerd", () => {
  it("keeps quotes, backslashes, line ends and other scripts of a binding", () => {
    const text = workerdConfig({ port: 0, hasPlan: false, bindings: { A: 'a"b\\c\n\u00e9' } });
    expect(text).toContain('(name = "A", text = "a\\"b\\\\c\\x0a\u00e9")');
  });
});
