// Modules that workerd gives and the workers types do not name.

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "node:zlib" {
  export function gunzipSync(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
}
