import SQLiteStorage
import Telemetry
import Workers

/// What `StoreHealth` needs to know of a store.
protocol ChangeableStore: Sendable {
    /// Whether the last change failed for the store's fault, and `tryChange` has not succeeded since.
    var isFailing: Bool { get }
    /// The number of the batch of changes that is being written; nil when there is none.
    var batchInProgress: Int? { get }
    /// Makes a change that changes nothing.
    func tryChange() async throws
}

extension SQLiteStore: ChangeableStore {}

/// Whether changes reach the disk. While they do not, tries one every second; a healthy store is left alone.
final class StoreHealth: Sendable {
    private struct State {
        var isReported = false
        var isTrying = false
        /// The batch that was being written at the last tick, and whether it still was at this one.
        var batch: Int?
        var isStuck = false
    }

    private let store: any ChangeableStore
    private let logger: Logger
    private let state = Locked(State())

    init(store: any ChangeableStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Whether the next change is likely to be written: the last one was, and none hangs.
    var takesChanges: Bool { !store.isFailing && !state.withLock { $0.isStuck } }

    /// Once a second. Returns the task that tries a change, if it began one.
    @discardableResult
    func tick() -> Task<Void, Never>? {
        let (isFailing, batch) = (store.isFailing, store.batchInProgress)
        let (was, isStuck, tries) = state.withLock { state in
            let was = state.isReported
            state.isStuck = batch != nil && batch == state.batch
            state.batch = batch
            state.isReported = isFailing || state.isStuck
            // One at a time: it may hang as the others do.
            let tries = isFailing && !state.isTrying
            if tries { state.isTrying = true }
            return (was, state.isStuck, tries)
        }
        if isFailing || isStuck, !was {
            let why: LogValue =
                isFailing
                ? "the data file cannot be written: its disk is full or fails"
                : "a write to the data file takes more than a second"
            logger.log(.error, "changes fail", ["why": why])
        } else if was, !isFailing, !isStuck {
            logger.log(.info, "changes succeed again")
        }
        return tries ? Task { await tryChange() } : nil
    }

    private func tryChange() async {
        do {
            try await store.tryChange()
        } catch {
            // The store goes on failing, which was reported; the next tick tries again.
            logger.log(.debug, "trying a change", ["cause": .string(String(describing: error))])
        }
        state.withLock { $0.isTrying = false }
    }
}
