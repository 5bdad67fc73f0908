// Defines the only function of Windows' bcryptprimitives.dll that Rust's standard library calls, for a wine that lacks it.
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, (ULONG)length); }
