import Dispatch
import Workers

/// Runs something asynchronous to its end on a thread that has nothing else to do: the main thread while starting,
/// or the control socket's. Never call it on a loop or in a task.
func blocking<T: Sendable>(
    on executor: (any TaskExecutor)? = nil, _ operation: @escaping @Sendable () async throws -> T
) throws -> T {
    let outcome = Outcome<T>()
    Task(executorPreference: executor) {
        do {
            let value = try await operation()
            outcome.result.withLock { $0 = .success(value) }
        } catch {
            outcome.result.withLock { $0 = .failure(error) }
        }
        outcome.done.signal()
    }
    outcome.done.wait()
    guard let result = outcome.result.withLock({ $0 }) else {
        preconditionFailure("the result is there before the signal")
    }
    return try result.get()
}

private final class Outcome<T: Sendable>: Sendable {
    let result = Locked<Result<T, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
}

/// Runs everything where it is handed over: for what waits for nobody.
final class CallingThread: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        job.runSynchronously(on: asUnownedTaskExecutor())
    }
}
