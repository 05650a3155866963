# clang 22 for wasm32-wasi from Debian's packages. (The newer name wasm32-wasip1 does not find Debian's headers.)
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER clang-22)
set(CMAKE_CXX_COMPILER clang++-22)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
# The module links objects, never archives: no archiver for WASM is needed, so CMake need not try one.
set(CMAKE_C_COMPILER_WORKS TRUE)
set(CMAKE_CXX_COMPILER_WORKS TRUE)
set(CMAKE_C_FLAGS_INIT "-Wno-deprecated")
set(CMAKE_CXX_FLAGS_INIT "-Wno-deprecated")
# Optimised as a whole: V8 inlines no function of a module. Unrolled loops would cost 2 KB of gzip, for
# which there is no room, and save a single event 2 to 5 % of its time.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -fno-unroll-loops -DNDEBUG -flto")
