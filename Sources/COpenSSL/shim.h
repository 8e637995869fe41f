// OpenSSL 3 and libevent's bufferevents on it. Imported by Server alone, in Sources/Server/TLS.

// Before event-config.h, as in CEvent.
#include <sys/select.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

// Macros with a cast, which Swift does not see.

/// A client cannot make the server negotiate again (CVE-2011-1473) nor compress (CVE-2012-4929); of the ciphers
/// that both know, the server's first one counts.
static const uint64_t sessiond_tls_options =
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE;

/// Whether a key was refused because it is not the certificate's.
static inline int sessiond_is_mismatch(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_X509 &&
           (ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH || ERR_GET_REASON(error) == X509_R_KEY_TYPE_MISMATCH);
}

/// The value of errno in an error; 0 if it is none of the system's.
static inline int sessiond_system_error(unsigned long error) {
    return ERR_SYSTEM_ERROR(error) ? ERR_GET_REASON(error) : 0;
}
