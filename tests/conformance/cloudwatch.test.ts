// The AWS SDK for JavaScript against simulated CloudWatch, in each protocol that the service's model names and the SDK
// has: AWS JSON 1.0, its own choice, and RPC v2 CBOR.

import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  InvalidParameterCombinationException,
  InvalidParameterValueException,
  paginateListMetrics,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  ResourceNotFound,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import type { CloudWatchClientConfig, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { CreateDeliveryStreamCommand, PutRecordCommand } from "@aws-sdk/client-firehose";
import { AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cloudWatchClient, firehoseClient, rejection, roleArn, startSimulator } from "./simulator.ts";
import type { Simulator } from "./simulator.ts";

let simulator: Simulator;
beforeAll(async () => {
  // A minute passes in a second: alarms are looked at every minute.
  simulator = await startSimulator(["--quota", "unlimited", "--clock-speed", "60"]);
});
afterAll(() => simulator.stop());

async function window(): Promise<{ StartTime: Date; EndTime: Date }> {
  const status = await (await fetch(`${simulator.endpoint}/_edgehose/status`)).json();
  return { StartTime: new Date(status.now_ms - 1_800_000), EndTime: new Date(status.now_ms + 7_200_000) };
}

const protocols: [string, CloudWatchClientConfig, string][] = [
  ["JSON", {}, "application/x-amz-json-1.0"],
  // In CBOR the SDK names the length that a body had before it was packed, and goes on waiting: it shall not pack.
  ["CBOR", { protocol: AwsSmithyRpcV2CborProtocol, disableRequestCompression: true }, "application/cbor"],
];

describe.each(protocols)("in %s", (protocol, config, contentType) => {
  const spoken = new Set<string>();
  const encodings = new Set<string>();
  let client: CloudWatchClient;
  beforeAll(() => {
    client = cloudWatchClient(simulator.endpoint, config);
    client.middlewareStack.add(
      (next) => (args) => {
        const headers = (args.request as { headers: Record<string, string> }).headers;
        spoken.add(headers["content-type"] ?? "none");
        encodings.add(headers["content-encoding"] ?? "none");
        return next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );
  });
  afterAll(() => client.destroy());

  test("data are put, listed and read back", async () => {
    const Dimensions = [
      { Name: "host", Value: "h\u00e9" },
      { Name: "protocol", Value: protocol },
    ];
    await client.send(
      new PutMetricDataCommand({
        Namespace: "Own",
        MetricData: [
          { MetricName: "latency", Dimensions, Unit: "Milliseconds", Values: [1, 2.5, 10], Counts: [2, 1, 1] },
          { MetricName: "sent", Dimensions, Value: 7 },
          { MetricName: "kept", Dimensions, StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 } },
        ],
      }),
    );
    const names: (string | undefined)[] = [];
    for await (const page of paginateListMetrics({ client }, { Namespace: "Own", Dimensions })) {
      names.push(...(page.Metrics ?? []).map((metric) => metric.MetricName));
    }
    expect(names.sort()).toEqual(["kept", "latency", "sent"]);

    const query = (Id: string, MetricName: string, Stat: string): MetricDataQuery => ({
      Id,
      MetricStat: { Metric: { Namespace: "Own", MetricName, Dimensions }, Period: 3600, Stat },
    });
    const data = await client.send(
      new GetMetricDataCommand({
        ...(await window()),
        MetricDataQueries: [
          query("total", "latency", "Sum"),
          query("count", "latency", "SampleCount"),
          query("sent", "sent", "Maximum"),
          { Id: "mean", Expression: "total / count", Label: "Mean" },
        ],
      }),
    );
    const values = Object.fromEntries((data.MetricDataResults ?? []).map((found) => [found.Id, found.Values]));
    expect(values).toEqual({ total: [14.5], count: [4], sent: [7], mean: [3.625] });
    expect(data.MetricDataResults?.[3]?.Label).toBe("Mean");
    expect(data.MetricDataResults?.[0]?.Timestamps?.[0]).toBeInstanceOf(Date);

    const statistics = await client.send(
      new GetMetricStatisticsCommand({
        ...(await window()),
        Namespace: "Own",
        MetricName: "latency",
        Dimensions,
        Period: 3600,
        Statistics: ["Minimum", "Maximum", "Average"],
        ExtendedStatistics: ["p100"],
      }),
    );
    const [point] = statistics.Datapoints ?? [];
    expect(point).toMatchObject({ Minimum: 1, Maximum: 10, Average: 3.625, Unit: "Milliseconds" });
    expect(point?.ExtendedStatistics?.["p100"]).toBeCloseTo(10, 0);
    expect([...spoken]).toEqual([contentType]);
  });

  test("a large request is taken, in JSON as the SDK packs it", async () => {
    const MetricData = Array.from({ length: 500 }, (_, n) => ({ MetricName: `m${n % 5}`, Value: n }));
    await client.send(new PutMetricDataCommand({ Namespace: `Packed/${protocol}`, MetricData }));
    const data = await client.send(
      new GetMetricDataCommand({
        ...(await window()),
        MetricDataQueries: [
          {
            Id: "m",
            MetricStat: { Metric: { Namespace: `Packed/${protocol}`, MetricName: "m0" }, Period: 3600, Stat: "Sum" },
          },
        ],
      }),
    );
    expect(data.MetricDataResults?.[0]?.Values).toEqual([24_750]);
    expect(encodings.has("gzip")).toBe(protocol === "JSON");
  });

  test("what a stream took is in its metrics", async () => {
    const firehose = firehoseClient(simulator.endpoint);
    const name = `watched-${protocol}`;
    await firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: name,
        ExtendedS3DestinationConfiguration: { RoleARN: roleArn, BucketARN: "arn:aws:s3:::lake" },
      }),
    );
    for (let n = 0; n < 3; ++n) {
      await firehose.send(new PutRecordCommand({ DeliveryStreamName: name, Record: { Data: new Uint8Array(10) } }));
    }
    firehose.destroy();
    const Metric = {
      Namespace: "AWS/Firehose",
      MetricName: "IncomingBytes",
      Dimensions: [{ Name: "DeliveryStreamName", Value: name }],
    };
    const data = await client.send(
      new GetMetricDataCommand({
        ...(await window()),
        MetricDataQueries: [{ Id: "bytes", MetricStat: { Metric, Period: 3600, Stat: "Sum" } }],
      }),
    );
    expect(data.MetricDataResults?.[0]?.Values?.[0]).toBe(30);
  });

  test("an alarm is made, goes off by its data, is set and deleted", async () => {
    const AlarmName = `alarm-${protocol}`;
    const MetricName = `errors-${protocol}`;
    await client.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: "Own",
        MetricName,
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 2,
        ComparisonOperator: "GreaterThanThreshold",
        TreatMissingData: "notBreaching",
      }),
    );
    const described = async () =>
      (await client.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }))).MetricAlarms?.[0];
    expect((await described())?.Threshold).toBe(2);
    await expect.poll(async () => (await described())?.StateValue, { timeout: 20_000 }).toBe("OK");
    await client.send(new PutMetricDataCommand({ Namespace: "Own", MetricData: [{ MetricName, Value: 3 }] }));
    await expect.poll(async () => (await described())?.StateValue, { timeout: 20_000, interval: 100 }).toBe("ALARM");
    expect((await described())?.StateReason).toContain("was greater than the threshold (2.0)");
    await client.send(
      new SetAlarmStateCommand({ AlarmName, StateValue: "INSUFFICIENT_DATA", StateReason: "a try" }),
    );
    await client.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] }));
    expect(await described()).toBeUndefined();
  });

  test("errors have their classes", async () => {
    const MetricData = [{ MetricName: "m", Value: 1, StorageResolution: 1 }];
    const value = await rejection(client.send(new PutMetricDataCommand({ Namespace: "Own", MetricData })));
    expect(value).toBeInstanceOf(InvalidParameterValueException);
    expect(value.$metadata?.httpStatusCode).toBe(400);
    const { EndTime } = await window();
    const combination = await rejection(
      client.send(
        new GetMetricStatisticsCommand({
          Namespace: "Own",
          MetricName: "m",
          Period: 60,
          Statistics: ["Sum"],
          StartTime: new Date(EndTime.getTime() - 2 * 86_400_000),
          EndTime,
        }),
      ),
    );
    expect(combination).toBeInstanceOf(InvalidParameterCombinationException);
    const missing = await rejection(
      client.send(new SetAlarmStateCommand({ AlarmName: "nobody", StateValue: "OK", StateReason: "x" })),
    );
    expect(missing).toBeInstanceOf(ResourceNotFound);
  });
});
