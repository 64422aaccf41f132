// What the public headers need of the compiler.
#pragma once

/// Part of the library's binary interface: everything else stays inside it.
#if defined(__GNUC__)
#define KLAMM_API __attribute__((visibility("default")))
#else
#define KLAMM_API
#endif

/// The result (or the object that is made) borrows from what it marks: clang warns when that dies first.
#if defined(__clang__)
#define KLAMM_BORROWS [[clang::lifetimebound]]
#else
#define KLAMM_BORROWS
#endif
