// libxcrypt: bcrypt and sha512-crypt. Imported by Crypto alone.
#include <crypt.h>
