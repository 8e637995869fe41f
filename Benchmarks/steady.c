// Requests at a constant rate, whatever the server does: the latency that wrk, which waits for answers, cannot show.
//
// Each request has its moment. It counts from that moment to the end of its answer, also when all connections were
// taken then (no coordinated omission). One request at a time on a connection; the one idle for longest is next.
//
//   steady [-s] PORT PATH TOKENS RATE SECONDS CONNECTIONS
//
// TOKENS: a file with a session token a line, shown in turn. -s: never sleeps, for a core of its own. The first half
// second is not counted. Prints JSON: latencies in µs from the intended moment, and from when it was in fact sent.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER = 8192, EVENTS = 256, TOKEN = 43, SECOND = 1000000000 };
static const int64_t warm_up = SECOND / 2, grace = 5ll * SECOND, spin = 50000;  // ns

typedef struct {
    int socket;
    size_t filled;
    int64_t intended, sent, number;  // of the request under way; ns
    char answer[ANSWER];
} Connection;

static Connection *connections, **idle;
static size_t count, idle_first, idle_count;
static char **requests;
static size_t *lengths, request_count;
static uint32_t *from_intended, *from_sent;  // ns, at most 4.29 s
static size_t answered;
static int64_t counted_from, failures;
static int epoll, port;

static void fail(const char *what) { perror(what); exit(1); }

static int64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * (int64_t)SECOND + at.tv_nsec;
}

static void rest(Connection *c) { idle[(idle_first + idle_count++) % count] = c; }

static void open_connection(Connection *c) {
    c->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int yes = 1;
    if (c->socket < 0 || connect(c->socket, (struct sockaddr *)&to, sizeof to) != 0) fail("connect");
    setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->socket, &wanted) != 0) fail("epoll_ctl");
    c->filled = 0;
    c->number = -1;
}

/// The octets of a whole answer, 0 while some are missing, -1 for one that is not a 200.
static int64_t whole(const Connection *c) {
    const char *end = memmem(c->answer, c->filled, "\r\n\r\n", 4);
    if (!end) return 0;
    if (memcmp(c->answer, "HTTP/1.1 200", 12) != 0) return -1;
    const char *length = memmem(c->answer, (size_t)(end - c->answer), "\r\nContent-Length: ", 18);
    return length ? end + 4 - c->answer + atoll(length + 18) : -1;
}

static uint32_t clamped(int64_t ns) { return ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns; }

static void close_and_open(Connection *c) {
    if (c->number >= 0) { failures++; rest(c); }
    close(c->socket);
    open_connection(c);
}

static void receive(Connection *c) {
    ssize_t got = recv(c->socket, c->answer + c->filled, ANSWER - c->filled, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) { close_and_open(c); return; }
    c->filled += (size_t)got;
    int64_t length = whole(c);
    if (length == 0 && c->filled < ANSWER) return;
    if (length != (int64_t)c->filled || c->number < 0) { close_and_open(c); return; }
    int64_t at = now();
    if (c->intended >= counted_from) {
        from_intended[answered] = clamped(at - c->intended);
        from_sent[answered++] = clamped(at - c->sent);
    }
    c->filled = 0;
    c->number = -1;
    rest(c);
}

static void ask(int64_t number, int64_t intended) {
    Connection *c = idle[idle_first];
    idle_first = (idle_first + 1) % count;
    idle_count--;
    c->number = number;
    c->intended = intended;
    c->sent = now();
    size_t which = (size_t)number % request_count;
    // A request fits into any socket's buffer: short writes are failures.
    if (send(c->socket, requests[which], lengths[which], MSG_NOSIGNAL) != (ssize_t)lengths[which]) close_and_open(c);
}

static void load(const char *path, const char *tokens) {
    FILE *file = fopen(tokens, "r");
    if (!file) fail(tokens);
    char line[256];
    for (size_t room = 0; fgets(line, sizeof line, file);) {
        if (request_count == room) {
            room = room ? 2 * room : 64;
            requests = realloc(requests, room * sizeof *requests);
            lengths = realloc(lengths, room * sizeof *lengths);
            if (!requests || !lengths) fail("realloc");
        }
        int length = asprintf(&requests[request_count],
                              "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: session_id=%.*s\r\n\r\n",
                              path, port, TOKEN, line);
        if (length < 0) fail("asprintf");
        lengths[request_count++] = (size_t)length;
    }
    fclose(file);
    if (!request_count) { fprintf(stderr, "%s: no tokens\n", tokens); exit(1); }
}

static int ordered(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void print(const char *name, uint32_t *values, const char *after) {
    static const double shares[] = {0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99, 100};
    qsort(values, answered, sizeof *values, ordered);
    printf("\"%s\": {", name);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        size_t at = (size_t)(shares[i] / 100 * (double)answered);
        printf("%s\"%g\": %.1f", i ? ", " : "", shares[i], values[at < answered ? at : answered - 1] / 1e3);
    }
    printf("}%s", after);
}

/// The median of windows of 20 ms, in the order of the answers: a machine that stands still now and then spoils some
/// windows, and every percentile of the whole. `held`: the share of windows whose p99 is at most three times their p50.
static void print_windows(const uint32_t *values, double rate, const char *after) {
    size_t size = (size_t)(rate / 50) + 1, windows = answered / size, held = 0;
    if (windows == 0) { printf("\"windows\": null%s", after); return; }
    uint32_t *window = calloc(size, sizeof *window), *p50 = calloc(windows, sizeof *p50);
    uint32_t *p99 = calloc(windows, sizeof *p99);
    if (!window || !p50 || !p99) fail("windows");
    for (size_t i = 0; i < windows; i++) {
        memcpy(window, values + i * size, size * sizeof *window);
        qsort(window, size, sizeof *window, ordered);
        p50[i] = window[size / 2];
        p99[i] = window[size * 99 / 100];
        held += p99[i] <= 3ull * p50[i];
    }
    qsort(p50, windows, sizeof *p50, ordered);
    qsort(p99, windows, sizeof *p99, ordered);
    printf("\"windows\": {\"count\": %zu, \"p50\": %.1f, \"p99\": %.1f, \"held\": %.3f}%s", windows,
           p50[windows / 2] / 1e3, p99[windows / 2] / 1e3, (double)held / (double)windows, after);
    free(window);
    free(p50);
    free(p99);
}

int main(int argc, char **argv) {
    bool sleeps = !(argc == 8 && strcmp(argv[1], "-s") == 0);
    if (argc != (sleeps ? 7 : 8)) {
        fputs("usage: steady [-s] PORT PATH TOKENS RATE SECONDS CONNECTIONS\n", stderr);
        return 2;
    }
    char **given = argv + (sleeps ? 0 : 1);
    port = atoi(given[1]);
    load(given[2], given[3]);
    double rate = atof(given[4]);
    int64_t total = (int64_t)(rate * atof(given[5])), sent = 0;
    count = (size_t)atoi(given[6]);
    if (rate <= 0 || total <= 0 || count == 0) { fputs("steady: nothing to do\n", stderr); return 2; }
    connections = calloc(count, sizeof *connections);
    idle = calloc(count, sizeof *idle);
    from_intended = calloc((size_t)total, sizeof *from_intended);
    from_sent = calloc((size_t)total, sizeof *from_sent);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!connections || !idle || !from_intended || !from_sent || epoll < 0) fail("set-up");
    prctl(PR_SET_TIMERSLACK, 1ul);
    for (size_t i = 0; i < count; i++) {
        open_connection(&connections[i]);
        rest(&connections[i]);
    }
    int64_t start = now();
    counted_from = start + warm_up;
    while (sent < total || idle_count < count) {
        int64_t at = now(), due = start + (int64_t)((double)sent * SECOND / rate);
        while (sent < total && idle_count && due <= at) {
            ask(sent++, due);
            due = start + (int64_t)((double)sent * SECOND / rate);
        }
        if (at > start + (int64_t)((double)total * SECOND / rate) + grace) break;
        int64_t pause = sent < total && idle_count ? due - at - spin : SECOND / 10;
        if (!sleeps || pause < 0) pause = 0;
        struct timespec wait = {.tv_nsec = pause % SECOND, .tv_sec = pause / SECOND};
        struct epoll_event events[EVENTS];
        int ready = epoll_pwait2(epoll, events, EVENTS, &wait, NULL);
        for (int i = 0; i < ready; i++) receive(events[i].data.ptr);
    }
    double took = (double)(now() - counted_from) / SECOND;
    failures += (int64_t)(count - idle_count) + total - sent;
    if (!answered) { fputs("steady: no answers\n", stderr); return 1; }
    printf("{\"rate\": %.0f, \"per_second\": %.0f, \"answered\": %zu, \"failures\": %lld, ", rate,
           (double)answered / took, answered, (long long)failures);
    print_windows(from_intended, rate, ", ");
    print("intended", from_intended, ", ");
    print("sent", from_sent, "}\n");
    return 0;
}
