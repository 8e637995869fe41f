// libcurl, opened when the first mail is to be sent: loading it with its thirty libraries costs 4 MB and tens of
// milliseconds, which those who send no mail shall not pay. So nothing links to it. Imported by Mail alone.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stddef.h>

/// The functions of the library that is open.
struct sessiond_curl {
    __typeof__(curl_easy_init) *init;
    __typeof__(curl_easy_cleanup) *cleanup;
    __typeof__(curl_easy_setopt) *setopt;
    __typeof__(curl_easy_perform) *perform;
    __typeof__(curl_easy_getinfo) *getinfo;
    __typeof__(curl_easy_strerror) *strerror;
    __typeof__(curl_slist_append) *append;
    __typeof__(curl_slist_free_all) *free_all;
};

/// Opens the library, for good; 0: it is not there, or lacks a function.
static inline int sessiond_curl_open(struct sessiond_curl *curl) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) return 0;
    __typeof__(curl_global_init) *global_init =
        (__typeof__(curl_global_init) *)dlsym(library, "curl_global_init");
    curl->init = (__typeof__(curl_easy_init) *)dlsym(library, "curl_easy_init");
    curl->cleanup = (__typeof__(curl_easy_cleanup) *)dlsym(library, "curl_easy_cleanup");
    curl->setopt = (__typeof__(curl_easy_setopt) *)dlsym(library, "curl_easy_setopt");
    curl->perform = (__typeof__(curl_easy_perform) *)dlsym(library, "curl_easy_perform");
    curl->getinfo = (__typeof__(curl_easy_getinfo) *)dlsym(library, "curl_easy_getinfo");
    curl->strerror = (__typeof__(curl_easy_strerror) *)dlsym(library, "curl_easy_strerror");
    curl->append = (__typeof__(curl_slist_append) *)dlsym(library, "curl_slist_append");
    curl->free_all = (__typeof__(curl_slist_free_all) *)dlsym(library, "curl_slist_free_all");
    return global_init && curl->init && curl->cleanup && curl->setopt && curl->perform && curl->getinfo
        && curl->strerror && curl->append && curl->free_all && global_init(CURL_GLOBAL_ALL) == CURLE_OK;
}

static inline CURL *sessiond_curl_init(const struct sessiond_curl *curl) { return curl->init(); }
static inline void sessiond_curl_cleanup(const struct sessiond_curl *curl, CURL *handle) { curl->cleanup(handle); }
static inline CURLcode sessiond_curl_perform(const struct sessiond_curl *curl, CURL *handle) {
    return curl->perform(handle);
}
/// Static text of the library's, without anything of ours in it.
static inline const char *sessiond_curl_error(const struct sessiond_curl *curl, CURLcode code) {
    return curl->strerror(code);
}

// `curl_easy_setopt` is variadic, which Swift cannot call: one function for each kind of value.
static inline CURLcode sessiond_curl_set_long(
    const struct sessiond_curl *curl, CURL *handle, CURLoption option, long value) {
    return curl->setopt(handle, option, value);
}
/// The library copies the text.
static inline CURLcode sessiond_curl_set_text(
    const struct sessiond_curl *curl, CURL *handle, CURLoption option, const char *value) {
    return curl->setopt(handle, option, value);
}
/// `read` fills a buffer of the library's; `cancelled` is asked at least once a second and ends a transfer by 1.
/// Both get `context`, which the caller keeps until the handle is cleaned up or has another.
static inline CURLcode sessiond_curl_set_callbacks(
    const struct sessiond_curl *curl, CURL *handle, size_t (*read)(char *, size_t, size_t, void *),
    int (*cancelled)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t), void *context) {
    CURLcode code = curl->setopt(handle, CURLOPT_READFUNCTION, read);
    if (code == CURLE_OK) code = curl->setopt(handle, CURLOPT_READDATA, context);
    if (code == CURLE_OK) code = curl->setopt(handle, CURLOPT_XFERINFOFUNCTION, cancelled);
    if (code == CURLE_OK) code = curl->setopt(handle, CURLOPT_XFERINFODATA, context);
    if (code == CURLE_OK) code = curl->setopt(handle, CURLOPT_NOPROGRESS, 0L);
    return code;
}
static inline CURLcode sessiond_curl_set_list(
    const struct sessiond_curl *curl, CURL *handle, CURLoption option, struct curl_slist *list) {
    return curl->setopt(handle, option, list);
}
static inline struct curl_slist *sessiond_curl_append(
    const struct sessiond_curl *curl, struct curl_slist *list, const char *text) {
    return curl->append(list, text);
}
static inline void sessiond_curl_free_list(const struct sessiond_curl *curl, struct curl_slist *list) {
    curl->free_all(list);
}
/// The last reply of the SMTP server; 0: none came.
static inline long sessiond_curl_reply(const struct sessiond_curl *curl, CURL *handle) {
    long reply = 0;
    return curl->getinfo(handle, CURLINFO_RESPONSE_CODE, &reply) == CURLE_OK ? reply : 0;
}
