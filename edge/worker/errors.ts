// What can go wrong between the host and the module. `code` is for programs, `message` for people.

export type CollectorErrorCode =
  | "module" // the file is not a collector module this host can run
  | "configuration" // the configuration was refused
  | "frame" // the host wrote a frame the module does not read, or the module one we do not
  | "trapped" // the module stopped itself: its memory is not to be used again
  | "body_too_large" // the request's body passes the limit, as sent or inflated
  | "body_encoding" // a Content-Encoding other than gzip or identity
  | "body_broken"; // the body ended early or is not valid gzip

export class CollectorError extends Error {
  readonly code: CollectorErrorCode;

  constructor(code: CollectorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CollectorError";
    this.code = code;
  }
}
