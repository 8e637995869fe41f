// libsodium: random bytes, Argon2id, BLAKE2b, constant-time comparison. Imported by Crypto alone.
#include <sodium.h>
