import Auth
import HTTP
import TestSupport
import Testing

@testable import App

@Suite struct ReadinessTests {
    @Test func isReadyUntilItStops() async throws {
        let readiness = Readiness()
        let service = try ApplicationService { $0.readiness = readiness }
        #expect(try await service.send(.get, "/readyz").text == "{\"status\":\"OK\"}\n")
        readiness.stop()
        let response = try await service.send(.get, "/readyz")
        #expect(response.status == .serviceUnavailable)
        #expect(response.value(of: "Retry-After") == "1")
        #expect(try await service.send(.get, "/livez").status == .ok)
    }

    @Test func isNotReadyWhileTheStoreFails() async throws {
        let service = try ApplicationService()
        service.store.failing = true
        #expect(try await service.send(.get, "/readyz").status == .serviceUnavailable)
        #expect(try await service.send(.get, "/livez").status == .ok)
        service.store.failing = false
        #expect(try await service.send(.get, "/readyz").status == .ok)
    }
}
