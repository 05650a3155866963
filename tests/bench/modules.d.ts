// Packages and generated files without types of their own.

declare module "ua-parser-js" {
  export class UAParser {
    constructor(userAgent: string);
    getBrowser(): { name?: string; version?: string };
    getOS(): { name?: string; version?: string };
    getDevice(): { vendor?: string; model?: string };
  }
}
declare module "woothee" {
  interface Result {
    name: string;
    version: string;
    os: string;
    category: string;
  }
  const woothee: { parse(userAgent: string): Result };
  export default woothee;
}
/** What build-peer.ts makes of the plan: a compiled function a content type. */
declare module "bench-validators" {
  interface Problem {
    instancePath: string;
    keyword: string;
    params: Record<string, unknown>;
    message?: string;
  }
  interface Validator {
    (event: unknown): boolean;
    errors?: Problem[] | null;
  }
  const validators: Record<string, Validator | undefined>;
  export = validators;
}
/** What build-peer.ts makes of the plan and the referrers' data file. */
declare module "bench-data" {
  export const streams: Record<string, string>;
  export const planVersion: string;
  export const sources: { medium: string; name: string; hosts: string[]; terms: string[] }[];
}
