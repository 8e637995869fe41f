// What a careful C programmer would write on evhttp alone: the reference that sessiond is measured against.
//
// The same routes, the same answers to the octet (but the request id), a hash table of sessions, one loop with the
// changelist, evhttp_send_reply. The answers of a session are made at start, where sessiond writes those of
// /sessions/whoami anew each time. None of sessiond's safety: no gate, no filter list, no expiry, no limits.
//
//   evhttp-baseline PORT TOKENS    TOKENS: a file with a line "token email user-json" for each session
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { TOKEN = 43, BACKLOG = 4096 };

typedef struct {
    char token[TOKEN];
    char *profile, *user;
    size_t profile_length, user_length;
} Session;

static Session *table;
static size_t capacity;
static uint64_t request_id;

static uint64_t hash(const char *text) {
    uint64_t h = 14695981039346656037u;  // FNV-1a
    for (int i = 0; i < TOKEN; i++) h = (h ^ (uint8_t)text[i]) * 1099511628211u;
    return h ^ h >> 32;
}

static Session *find(const char *token) {
    for (size_t at = hash(token) & (capacity - 1); table[at].profile; at = (at + 1) & (capacity - 1))
        if (memcmp(table[at].token, token, TOKEN) == 0) return &table[at];
    return NULL;
}

static void insert(const char *token, const char *email, const char *user) {
    size_t at = hash(token) & (capacity - 1);
    while (table[at].profile) at = (at + 1) & (capacity - 1);
    char *profile = malloc(strlen(email) + 32);
    if (!profile) abort();
    table[at].profile_length = (size_t)sprintf(profile, "{\"email\":\"%s\"}\n", email);
    memcpy(table[at].token, token, TOKEN);
    table[at].profile = profile;
    table[at].user = malloc(strlen(user) + 2);
    if (!table[at].user) abort();
    table[at].user_length = (size_t)sprintf(table[at].user, "%s\n", user);
}

static void load(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) { perror(path); exit(1); }
    size_t count = 0, room = 0;
    char *line = NULL;
    while (getline(&line, &room, file) > 0) count++;
    for (capacity = 16; capacity < 2 * count; capacity *= 2) {}
    table = calloc(capacity, sizeof *table);
    if (!table) abort();
    rewind(file);
    while (getline(&line, &room, file) > 0) {
        char *token = strtok(line, " "), *email = strtok(NULL, " "), *user = strtok(NULL, "\n");
        if (token && strlen(token) == TOKEN && email && user) insert(token, email, user);
    }
    free(line);
    fclose(file);
}

/// The session whose token the cookie `session_id` carries.
static Session *caller(struct evhttp_request *request) {
    const char *cookies = evhttp_find_header(evhttp_request_get_input_headers(request), "Cookie");
    for (const char *at = cookies; at; at = strchr(at, ';')) {
        while (*at == ';' || *at == ' ') at++;
        if (strncmp(at, "session_id=", 11) == 0 && strcspn(at + 11, "; ") == TOKEN) return find(at + 11);
    }
    return NULL;
}

static void answer(struct evhttp_request *request, int status, const char *reason, const char *body, size_t length) {
    struct evkeyvalq *fields = evhttp_request_get_output_headers(request);
    char id[17];
    snprintf(id, sizeof id, "%016llx", (unsigned long long)++request_id);
    evhttp_add_header(fields, "X-Request-Id", id);
    evhttp_add_header(fields, "Content-Type", "application/json");
    evhttp_add_header(fields, "Cache-Control", "no-store");
    evhttp_add_header(fields, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    evhttp_add_header(fields, "Referrer-Policy", "no-referrer");
    evhttp_add_header(fields, "X-Content-Type-Options", "nosniff");
    struct evbuffer *buffer = evhttp_request_get_output_buffer(request);
    evbuffer_add(buffer, body, length);
    evhttp_send_reply(request, status, reason, NULL);
}

static void serve(struct evhttp_request *request, void *unused) {
    (void)unused;
    static const char ok[] = "{\"status\":\"OK\"}\n", missing[] = "{\"error\":\"Not found\"}\n";
    static const char forbidden[] = "{\"error\":\"Forbidden\"}\n", unauthorized[] = "{\"error\":\"Unauthorized\"}\n";
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
    if (strcmp(path, "/api/v1/status") == 0) {
        answer(request, 200, "OK", ok, sizeof ok - 1);
    } else if (strcmp(path, "/profile") == 0 || strcmp(path, "/sessions/whoami") == 0) {
        Session *session = caller(request);
        int profile = path[1] == 'p';
        if (!session && profile) answer(request, 403, "Forbidden", forbidden, sizeof forbidden - 1);
        else if (!session) answer(request, 401, "Unauthorized", unauthorized, sizeof unauthorized - 1);
        else if (profile) answer(request, 200, "OK", session->profile, session->profile_length);
        else answer(request, 200, "OK", session->user, session->user_length);
    } else {
        answer(request, 404, "Not Found", missing, sizeof missing - 1);
    }
}

static void stop(evutil_socket_t number, short events, void *base) {
    (void)number, (void)events;
    event_base_loopbreak(base);
}

int main(int count, char **arguments) {
    if (count != 3) { fputs("usage: evhttp-baseline PORT TOKENS\n", stderr); return 2; }
    load(arguments[2]);
    signal(SIGPIPE, SIG_IGN);
    struct event_config *config = event_config_new();
    event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    struct evhttp *http = base ? evhttp_new(base) : NULL;
    if (!http) return 1;
    evhttp_set_default_content_type(http, NULL);
    evhttp_set_gencb(http, serve, NULL);
    struct evhttp_bound_socket *bound =
        evhttp_bind_socket_with_handle(http, "127.0.0.1", (uint16_t)atoi(arguments[1]));
    if (!bound) { perror("bind"); return 1; }
    // As sessiond does, and nginx: no waiting for a full segment, and room for 1,000 clients that come at once.
    // Accepted sockets inherit the option.
    int yes = 1;
    setsockopt(evhttp_bound_socket_get_fd(bound), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    listen(evhttp_bound_socket_get_fd(bound), BACKLOG);
    struct event *end = evsignal_new(base, SIGTERM, stop, base);
    evsignal_add(end, NULL);
    event_base_dispatch(base);
    event_free(end);
    evhttp_free(http);
    event_base_free(base);
    return 0;
}
