import Auth
import Crypto
import Dispatch
import HTTP
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import App
@testable import Workers

/// The client's fault is 4xx, doubt is 503, our fault is 500.
@Suite struct ApplicationErrorsTests {
    private struct Surprise: Error {
        let secret = "hunter2"
    }

    @Test func aSurpriseIs500WithTheRequestIDAndNothingElse() async throws {
        let service = try ApplicationService {
            $0.openPaths.append("/broken")
            $0.furtherRoutes = [.open(.get, "/broken") { _ in throw Surprise() }]
        }
        let response = try await service.send(.get, "/broken")
        expectRefusal(
            response, .internalServerError, "Internal server error, request 0000000000000abc")
        #expect(response.fields.isEmpty)
    }

    @Test func everyRouteThatNeedsTheStoreSays503WhenItFails() async throws {
        let service = try ApplicationService()
        let (_, boss, ada, _) = try await service.registerTwo()
        let reset = try #require(
            try await service.accounts.makeResetToken(email: "ada@example.org", at: SystemClock.now()))
        service.store.failing = true
        let id = "/api/v1/users/\(ada.id)"
        let json = ApplicationService.Body.json(#"{"email":"new@example.org","password":"correct horse"}"#)
        let form = ApplicationService.Body.form("email=ada@example.org&password=correct+horse")
        let newcomer = ApplicationService.Body.form("email=new@example.org&password=correct+horse")
        let change = ApplicationService.Body.form(
            "email=ada@example.org&reset_token=\(reset.1.text)&new_password=new+password")
        for (method, path, body) in [
            (HTTP.Method.get, "/api/v1/stats", ApplicationService.Body.none), (.get, "/api/v1/users", .none),
            (.get, id, .none), (.put, id, .json("{}")), (.delete, id, .none), (.post, "/api/v1/users", json),
            (.post, "/api/v1/auth_session/login", form), (.delete, "/api/v1/auth_session/logout", .none),
            (.post, "/users", newcomer), (.post, "/sessions", form), (.delete, "/sessions", .none),
            (.post, "/reset_password", form), (.put, "/reset_password", change),
        ] {
            let response = try await service.send(method, path, token: boss, body)
            expectRefusal(response, .serviceUnavailable, "Service unavailable")
            #expect(response.values(of: "Retry-After") == ["1"], "\(method) \(path)")
            #expect(response.values(of: "Set-Cookie") == [], "\(method) \(path)")
        }
        service.store.failing = false
        #expect(try await service.send(.get, "/profile", token: boss).status == .ok)
        #expect(try await service.send(.get, id, token: boss).status == .ok)
    }

    @Test func aCheckNeedsNoStore() async throws {
        let service = try ApplicationService()
        let token = try await service.registerTwo().adaToken
        service.store.failing = true
        for path in ["/profile", "/users/me", "/api/v1/users/me"] {
            #expect(try await service.send(.get, path, token: token).status == .ok)
        }
        expectRefusal(try await service.send(.get, "/nowhere", token: token), .notFound)
        expectRefusal(try await service.send(.get, "/api/v1/users"), .unauthorized)
        expectRefusal(try await service.send(.get, "/api/v1/users", token: "x"), .forbidden)
    }

    @Test func basicIs503AndNot403WhenTheStoreFails() async throws {
        let service = try ApplicationService { $0.schemes = [.session, .basic] }
        _ = try await service.register("ada@example.org")
        service.store.failing = true
        for password in ["correct horse", "wrong one"] {
            let response = try await service.send(.get, "/nowhere", basic: ("ada@example.org", password))
            expectRefusal(response, .serviceUnavailable, "Service unavailable")
            #expect(response.values(of: "Retry-After") == ["1"])
        }
    }

    @Test func aFullQueueOfHashesIs503() async throws {
        let service = try ApplicationService()
        _ = try await service.register("ada@example.org")
        service.hashers.stop()
        let form = ApplicationService.Body.form("email=ada@example.org&password=correct+horse")
        for path in ["/sessions", "/api/v1/auth_session/login"] {
            let response = try await service.send(.post, path, form)
            expectRefusal(response, .serviceUnavailable, "Overloaded")
            #expect(response.values(of: "Retry-After") == ["1"])
        }
    }

    @Test func withoutMemoryToHashItIs503() async throws {
        let service = try ApplicationService {
            $0.openPaths.append("/hash")
            $0.furtherRoutes = [
                .open(.get, "/hash") { _ in throw CryptoFailure(operation: "hashing a password") }
            ]
        }
        let response = try await service.send(.get, "/hash")
        expectRefusal(response, .serviceUnavailable, "Service unavailable")
        #expect(response.values(of: "Retry-After") == ["1"])
    }

    @Test(arguments: [
        (WorkerPool.Overloaded(retryAfter: 7) as any Error, "Overloaded", "7"),
        (NeverFits(memory: 2, budget: 1), "Service unavailable", "1"),
    ])
    func whatTheGovernorRefusesIs503(_ row: (any Error, String, String)) async throws {
        let (error, text, retryAfter) = row
        let service = try ApplicationService {
            $0.openPaths.append("/hash")
            $0.furtherRoutes = [.open(.get, "/hash") { _ in throw error }]
        }
        let response = try await service.send(.get, "/hash")
        expectRefusal(response, .serviceUnavailable, text)
        #expect(response.values(of: "Retry-After") == [retryAfter])
    }

    @Test func anErrorOfAHandlerKeepsItsFields() async throws {
        let service = try ApplicationService {
            $0.openPaths.append("/slow")
            $0.furtherRoutes = [
                .open(.get, "/slow") { _ in
                    throw HTTPError(
                        .tooManyRequests, "Slow down", fields: [ResponseField("Retry-After", "9")])
                }
            ]
        }
        let response = try await service.send(.get, "/slow")
        expectRefusal(response, .tooManyRequests, "Slow down")
        #expect(response.values(of: "Retry-After") == ["9"])
    }

    /// Whatever the gate refuses, its words are ours and the shape is that of every error.
    @Test func aRefusalHasTheShapeOfEveryError() throws {
        let service = try ApplicationService()
        func refused(_ text: String) throws -> Response {
            var gate = RequestGate(limits: RequestLimits())
            gate.receive(Array(text.utf8))
            guard case .refused(let refusal) = gate.next() else {
                throw Surprise()
            }
            return service.responder.refuse(refusal, RequestID(rawValue: 1), .unknown)
        }
        let malformed = try refused("GET  / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(malformed.status == .badRequest)
        #expect(malformed.text.hasPrefix("{\"error\":\""))
        let connect = try refused("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n")
        expectRefusal(connect, .methodNotAllowed)
        #expect(connect.values(of: "Allow") == ["GET, HEAD, POST, PUT, DELETE, OPTIONS"])
    }

    @Test func signInsWithoutSessionsAre501() async throws {
        for schemes in [nil, [], [.basic]] as [[Configuration.Scheme]?] {
            let service = try ApplicationService { $0.schemes = schemes }
            _ = try await service.register("ada@example.org")
            for path in ["/sessions", "/api/v1/auth_session/login"] {
                for body in [
                    ApplicationService.Body.form("email=ada@example.org&password=correct+horse"), .none,
                ] {
                    let response = try await service.send(.post, path, body)
                    expectRefusal(response, .notImplemented, "Session authentication is not enabled")
                    #expect(response.values(of: "Set-Cookie") == [])
                }
            }
        }
    }
}
