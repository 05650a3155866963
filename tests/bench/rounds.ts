// Takes turns: every side runs once a round, so that a busy machine hurts all of them alike, and a
// ratio is made of two times of the same round.

import type { Side } from "./arms/processes.ts";

export interface Contestant {
  side: Side;
  /** What one run is divided by to give the unit of the report: events, or user agents, a request. */
  itemsPerRequest: number;
}

export interface Timing {
  median: number;
  low: number;
  high: number;
  /** Nanoseconds an item, one a round. */
  rounds: number[];
}

export interface RoundsOptions {
  rounds: number;
  /** About how long one run takes. */
  runMs: number;
  warmUpMs: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function timingOf(rounds: number[]): Timing {
  return { median: median(rounds), low: Math.min(...rounds), high: Math.max(...rounds), rounds };
}

/** The median over the rounds of how many times faster `project` was than `peer` in that round. */
export function ratioOf(project: Timing, peer: Timing): number {
  return median(project.rounds.map((time, i) => (peer.rounds[i] ?? Number.NaN) / time));
}

export async function takeTurns(contestants: Map<string, Contestant>, options: RoundsOptions): Promise<Map<string, Timing>> {
  const counts = new Map<string, number>();
  for (const [name, { side }] of contestants) counts.set(name, await warmUp(side, options));
  const times = new Map<string, number[]>([...contestants.keys()].map((name) => [name, []]));
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [name, { side, itemsPerRequest }] of contestants) {
      const requests = counts.get(name) ?? 1;
      times.get(name)?.push((await side.run(requests)) / (requests * itemsPerRequest));
    }
  }
  return new Map([...times].map(([name, rounds]) => [name, timingOf(rounds)]));
}

/** Lets compilers see the code, and finds how many requests fill a run. */
async function warmUp(side: Side, { runMs, warmUpMs }: RoundsOptions): Promise<number> {
  let requests = 1;
  let spentMs = 0;
  let lastMs = 0;
  while (spentMs < warmUpMs) {
    lastMs = Math.max((await side.run(requests)) / 1e6, 0.001);
    spentMs += lastMs;
    if (lastMs < runMs / 2) requests *= 2;
  }
  return Math.max(1, Math.round((requests * runMs) / lastMs));
}
