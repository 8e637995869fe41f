#pragma once
#include <stdint.h>

/// How often this thread has asked the allocator for memory: malloc, calloc, realloc and the aligned ones.
uint64_t allocations_of_this_thread(void);
