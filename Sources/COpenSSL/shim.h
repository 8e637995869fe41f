// OpenSSL 3 and libevent's bufferevents on it. Imported by Server, in Sources/Server/TLS, and by
// Crypto for scrypt, PBKDF2, signatures and MD5.

// Before event-config.h, as in CEvent.
#include <sys/select.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
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

/// Octets of a ticket's secret: 32 for AES-256, 32 for HMAC-SHA256.
static const int sessiond_ticket_secret_length = 64;

/// Readies cipher and MAC for one ticket, to seal it or to open it (RFC 5077 §4). Parameters are made by value, which
/// Swift cannot hold still. 1: done.
static inline int sessiond_prepare_ticket(const unsigned char *secret, const unsigned char *vector,
                                          EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seals) {
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)(secret + 32), 32),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, secret, vector, seals) == 1 &&
           EVP_MAC_CTX_set_params(mac, parameters) == 1;
}
