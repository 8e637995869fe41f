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

/// Drops each SYN to a listening socket from now on: nobody begins a handshake any more. Those that have begun one
/// finish it and get into the queue. The program sees a packet from its TCP header on; octet 13 has the flags.
static inline int sessiond_drop_handshakes(int descriptor) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x02, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    };
    struct sock_fprog program = {.len = 4, .filter = code};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}
