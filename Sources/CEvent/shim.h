// libevent 2.1.12: event loop, bufferevent and evhttp. Imported by Server alone.

// Before event-config.h, which defines _GNU_SOURCE: with it `fd_set` would differ from the one in Swift's Glibc
// module, and a clean build fails.
#include <sys/select.h>

#include <event2/event.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <event2/http.h>
// For one bit, `evhttp_request.chunked`, which the fast reply path clears.
#include <event2/http_struct.h>

#include <linux/filter.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

/// An eventfd that neither blocks nor survives exec. The flags are enumerators, which Swift does not see.
static inline int sessiond_eventfd(void) {
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

/// Has glibc give back the end of this thread's heap, which malloc_trim leaves alone: to free a chunk of 64 KiB or
/// more makes it look. Volatile, or the compiler sees that nothing comes of it.
static inline void sessiond_trim_thread_heap(void) {
    void *volatile chunk = malloc(98304);
    free(chunk);
}

/// Drops every packet to a listening socket from now on: no further connection gets into its queue. Those that are
/// there, and what they send, are not concerned.
static inline int sessiond_drop_handshakes(int descriptor) {
    struct sock_filter drop = {.code = BPF_RET | BPF_K, .k = 0};
    struct sock_fprog program = {.len = 1, .filter = &drop};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}
