import Auth
import SQLiteStorage
import Server
import Telemetry
import Workers

/// Everything that is counted, in one text (docs/OPERATIONS.md, "Metrics").
struct Metrics: Sendable {
    let server: ServerMeter
    let sessions: SessionMap
    let signIns: SignInFigures
    let hashers: HashGovernor
    let store: SQLiteStore
    /// Whether the next change is likely to be written.
    let takesChanges: @Sendable () -> Bool
    let process: ProcessFigures

    func text() -> [UInt8] {
        var text = MetricsText()
        text.begin("sessiond_build_info", .gauge, "The version, as a label; always 1.")
        text.add(1, ["version": version])
        server.write(to: &text)
        write(sessions, to: &text)
        signIns.write(to: &text)
        write(hashers, to: &text)
        write(store, to: &text)
        process.write(to: &text)
        return text.octets
    }

    private func write(_ sessions: SessionMap, to text: inout MetricsText) {
        let figures = sessions.figures
        text.add(
            "sessiond_sessions_live", .gauge, "Sessions, with expired ones for a second.", sessions.count)
        text.add("sessiond_sessions_created_total", .counter, "Sessions that began.", figures.created)
        text.add("sessiond_sessions_expired_total", .counter, "Sessions that ended by time.", figures.expired)
        text.add("sessiond_sessions_revoked_total", .counter, "Sessions that were ended.", figures.revoked)
    }

    private func write(_ hashers: HashGovernor, to text: inout MetricsText) {
        let figures = hashers.figures
        text.add("sessiond_hash_queue_length", .gauge, "Password hashes that wait.", hashers.waiting)
        text.begin("sessiond_hash_wait_seconds", .histogram, "Time that a hash waited for its turn.")
        text.add(figures.waited.reading)
        text.begin("sessiond_hash_duration_seconds", .histogram, "Time that a hash took then.")
        text.add(figures.took.reading)
        text.add("sessiond_hash_refused_total", .counter, "Hashes that were never begun.", figures.refused)
    }

    private func write(_ store: SQLiteStore, to text: inout MetricsText) {
        text.begin(
            "sessiond_store_commit_duration_seconds", .histogram,
            "Time from the beginning of a transaction until the disk had it.")
        text.add(store.commits.reading)
        text.add(
            "sessiond_store_queue_length", .gauge, "Changes that wait for the next transaction.",
            store.waitingChanges)
        text.add(
            "sessiond_store_failing", .gauge, "1 while changes of the data file fail or hang.",
            takesChanges() ? 0 : 1)
    }
}
