// EDGEHOSE_RARE before a function: it seldom runs, so it is kept out of the way of what does. It is
// not inlined, and compilers that can build one function small do so: a module is compiled when it
// starts, and the first event pays for every byte on its way.
#pragma once

#if defined(__clang__)
#define EDGEHOSE_RARE __attribute__((cold, noinline, minsize))
#else
#define EDGEHOSE_RARE __attribute__((cold, noinline))
#endif
