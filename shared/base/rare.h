// EDGEHOSE_RARE before a function: events seldom come this way. It is kept out of the way of what
// runs for each of them, and built small in the module: a module is compiled when it starts, and
// the first event pays for every byte on its way.
#pragma once

#if defined(__wasm__)
#define EDGEHOSE_RARE __attribute__((cold, noinline, minsize))
#else
#define EDGEHOSE_RARE __attribute__((noinline))
#endif
