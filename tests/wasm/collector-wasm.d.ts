// What bundlers and workerd make of an import of a module's file.
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
