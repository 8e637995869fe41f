// Fingerprints of common passwords, made by scripts/make-common-passwords.py, which says what they are and where they
// come from. Imported by Auth alone. Constant data of the program: a page is read when a look-up touches it.

static const unsigned char sessiond_common_passwords_octets[] = {
#embed "common-passwords.bin"
};

static const long sessiond_common_passwords_count = sizeof sessiond_common_passwords_octets;

/// Swift sees a C array as a tuple, and none of this size.
static inline const unsigned char *sessiond_common_passwords(void) { return sessiond_common_passwords_octets; }
