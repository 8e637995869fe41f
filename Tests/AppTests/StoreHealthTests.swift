import Auth
import HTTP
import Telemetry
import TestSupport
import Testing
import Workers

@testable import App

@Suite struct StoreHealthTests {
    /// A store whose state a test sets; a change succeeds when it does not `refuse`.
    private final class Double: ChangeableStore {
        struct State {
            var isFailing = false
            var batch: Int?
            var refuses = false
            var tries = 0
        }
        let state = Locked(State())

        var isFailing: Bool { state.withLock { $0.isFailing } }
        var batchInProgress: Int? { state.withLock { $0.batch } }

        func tryChange() async throws {
            try state.withLock { state in
                state.tries += 1
                guard !state.refuses else { throw StoreFailure(code: 13, operation: "test") }
                state.isFailing = false
            }
        }
    }

    private let store = Double()
    private let health: StoreHealth

    init() {
        health = StoreHealth(store: store, logger: .silent)
    }

    private func set(_ change: @Sendable (inout Double.State) -> Void) { store.state.withLock(change) }
    private var tries: Int { store.state.withLock { $0.tries } }

    @Test func leavesAHealthyStoreAlone() {
        for batch in [nil, 1, 2, nil, 3] {
            set { $0.batch = batch }
            #expect(health.tick() == nil)
            #expect(health.takesChanges)
        }
        #expect(tries == 0)
    }

    @Test func triesAChangeEverySecondUntilOneSucceeds() async {
        set { ($0.isFailing, $0.refuses) = (true, true) }
        #expect(!health.takesChanges)
        for number in 1...3 {
            await health.tick()?.value
            #expect(tries == number)
            #expect(!health.takesChanges)
        }
        set { $0.refuses = false }
        await health.tick()?.value
        #expect(tries == 4)
        #expect(health.takesChanges)
        #expect(health.tick() == nil)
        #expect(tries == 4)
    }

    /// A disk that hangs, as a network disk may: the change that waits for it fails in no way.
    @Test func aBatchThatTakesASecondIsStuckUntilItIsDone() {
        set { $0.batch = 7 }
        #expect(health.tick() == nil)
        #expect(health.takesChanges)
        #expect(health.tick() == nil)
        #expect(!health.takesChanges)
        set { $0.batch = 8 }
        #expect(health.tick() == nil)
        #expect(health.takesChanges)
        #expect(tries == 0)
    }

    @Test func theAnswerToLoadBalancersIsThatOfTheStore() async throws {
        let service = try ApplicationService { [health] in
            $0.readiness = Readiness { health.takesChanges }
        }
        #expect(try await service.send(.get, "/readyz").status == .ok)
        set { $0.isFailing = true }
        let response = try await service.send(.get, "/readyz")
        expectRefusal(response, .serviceUnavailable, "Service unavailable")
        #expect(response.value(of: "Retry-After") == "1")
        #expect(try await service.send(.get, "/livez").status == .ok)
        await health.tick()?.value
        #expect(try await service.send(.get, "/readyz").status == .ok)
    }
}
