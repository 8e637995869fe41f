// Stands before glibc's allocator, to which it hands everything on, and counts.
//
// In sessiond-bench each thread counts for itself. As a library for LD_PRELOAD it counts all of a program, in the file
// that ALLOCATIONS names and others read meanwhile; while that file says so, with who asked (Benchmarks/allocations.py
// knows its layout).
#define _GNU_SOURCE
#include "CAllocations.h"
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(name) 0
#endif

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

#define DEPTH 46
#define TRACES 65536

/// What the file holds.
struct figures {
    _Atomic uint64_t allocations;
    _Atomic uint64_t octets;
    /// Not 0: keep who asks. Written by whoever reads the file.
    _Atomic uint64_t is_tracing;
    /// How many traces were wanted; no more than fit are kept.
    _Atomic uint64_t traces;
    struct {
        uint64_t size;
        /// Innermost first; 0 where there are no more.
        void *callers[DEPTH + 1];
    } trace[TRACES];
};

static struct figures *figures;
// Found without a call, which might allocate.
#define OF_THIS_THREAD static _Thread_local __attribute__((tls_model("initial-exec")))
OF_THIS_THREAD uint64_t own;
OF_THIS_THREAD int is_unwinding;

uint64_t allocations_of_this_thread(void) { return own; }

__attribute__((constructor)) static void open_figures(void) {
    const char *path = getenv("ALLOCATIONS");
    if (!path) return;
    void *first[1];
    // Loads what it needs, with allocations of its own, now and not in the middle of one.
    backtrace(first, 1);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof(struct figures)) != 0) abort();
    void *mapped = mmap(NULL, sizeof(struct figures), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) abort();
    close(file);
    figures = mapped;
}

// A sanitizer has an allocator of its own, and keeps its place.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

static void trace(size_t size) {
    uint64_t number = atomic_fetch_add_explicit(&figures->traces, 1, memory_order_relaxed);
    if (is_unwinding || number >= TRACES) return;
    is_unwinding = 1;
    backtrace(figures->trace[number].callers, DEPTH);
    figures->trace[number].size = size;
    is_unwinding = 0;
}

static inline void count(size_t size) {
    own += 1;
    if (!figures) return;
    atomic_fetch_add_explicit(&figures->allocations, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&figures->octets, size, memory_order_relaxed);
    if (atomic_load_explicit(&figures->is_tracing, memory_order_relaxed)) trace(size);
}

void *malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    count(size);
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    void *found = memalign(alignment, size);
    if (!found) return ENOMEM;
    *memory = found;
    return 0;
}

#endif
