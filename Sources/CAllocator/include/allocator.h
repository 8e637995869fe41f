// The release binary's allocator is jemalloc; there is nothing to call.
