// SQLite 3. Imported by SQLiteStorage alone.
#include <sqlite3.h>

/// SQLITE_TRANSIENT is a cast macro, which Swift cannot import: SQLite copies the bytes before the call returns.
static inline sqlite3_destructor_type sessiond_sqlite_transient(void) {
    return SQLITE_TRANSIENT;
}
