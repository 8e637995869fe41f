#include "allocator.h"

/// jemalloc's settings, which it looks for under this name (jemalloc(3), TUNING). Other allocators ignore it.
///
/// Threads of its own give memory back to the system, a little at a time, within three seconds of its being free: the
/// end of a million sessions stops nobody. Nor does one large block (oversize_threshold), which its owner would have
/// to give back at once.
const char *malloc_conf = "background_thread:true,oversize_threshold:0,dirty_decay_ms:3000,muzzy_decay_ms:0";
