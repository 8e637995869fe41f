import App
import Auth
import HTTP
import Server
import Telemetry

extension Workshop {
    /// In the order in which a request meets them.
    var parts: [Part] {
        gateParts + routerParts + filterParts + applicationParts + answerParts + logParts + sweepParts
    }

    private var gateParts: [Part] {
        SampleRequest.all.prefix(4).map { request in
            Part("gate: \(request.name)") {
                var gate = RequestGate(limits: RequestLimits())
                gate.receive(request.octets)
                if case .complete = gate.next() { return true }
                return false
            }
        }
    }

    private var routerParts: [Part] {
        let account = "/api/v1/users/\(UserID(high: 1, low: 1))"
        let router = rehearsal.router
        return [
            Part("router: an exact path") { router.match("/profile") != nil },
            Part("router: with a parameter") { router.match(account) != nil },
            Part("router: nothing there") { router.match("/nowhere") == nil },
        ]
    }

    private var filterParts: [Part] {
        let open = OpenPath.originals
        let filter = BeforeRequestFilter(
            schemes: [.session(SessionCookieScheme(cookieName: "session_id", sessions: rehearsal.sessions))],
            openPaths: open, cookieName: "session_id")
        let one = SampleRequest(get: "/profile", withSession: true).request
        let many = SampleRequest.browser.request
        return [
            Part("open paths: one of them") { open.contains { $0.covers(.get, "/api/v1/status") } },
            Part("open paths: none of them") { !open.contains { $0.covers(.get, "/profile") } },
            Part("cookie: alone") { one.fields.cookies(named: "session_id").contains { _ in true } },
            Part("cookie: the second of three, 14 fields") {
                many.fields.cookies(named: "session_id").contains { _ in true }
            },
            Part("session: of a cookie, of 10,000") { filter.session(of: one, at: Self.now) != nil },
            Part("filter: a session") {
                if case .found(.signedIn) = filter.glance(one, at: Self.now) { true } else { false }
            },
        ]
    }

    private var applicationParts: [Part] {
        [
            ("/api/v1/status", false, Status.ok), ("/profile", true, .ok), ("/sessions/whoami", true, .ok),
            ("/api/v1/users/me", false, .unauthorized), ("/nowhere", true, .notFound),
        ].map { path, hasSession, status in
            let request = SampleRequest(get: path, withSession: hasSession).request
            return Part("application: \(path), \(status.rawValue)") { [rehearsal] in
                rehearsal.answer(request).status == status
            }
        }
    }

    private var answerParts: [Part] {
        let ordinary = rehearsal.answer(SampleRequest(get: "/profile", withSession: true).request)
        let refused = rehearsal.answer(SampleRequest(get: "/api/v1/users/me").request)
        return [("200", ordinary), ("401 with challenges", refused)].map { name, response in
            Part(
                "answer: \(name)",
                measuring: { count in
                    var writer = ResponseWriter()
                    let effort = Effort.of {
                        for number in 0..<count {
                            writer.write(
                                response, to: RequestID(rawValue: UInt64(number)), seconds: 1_700_000_000)
                        }
                    }
                    precondition(writer.buffer.count > response.body.count, "the answer has a head")
                    return effort
                })
        }
    }

    private var logParts: [Part] {
        let line = AccessLine(
            id: 1, peer: .v4(0x7f00_0001), method: "GET", path: "/profile", status: 200, microseconds: 12,
            user: AccessLine.UserBits(high: 1, low: 2))
        // What does not fit would be dropped: the buffer is emptied before.
        let slice = 1_000
        return [
            Part(
                "log: a line of text",
                measuring: { [log] count in
                    var effort = Effort()
                    for start in stride(from: 0, to: count, by: slice) {
                        log.flush()
                        effort += .of { for _ in start..<min(count, start + slice) { log.request(line) } }
                    }
                    return effort
                })
        ]
    }

    private var sweepParts: [Part] {
        let end = Self.now.steady + .seconds(1)
        let live = rehearsal.sessions
        let map = SessionMap { _ in UserRendering(user: [], profile: []) }
        return [
            Part(
                "sweep: a session that has ended",
                measuring: { count in
                    for number in 0..<count {
                        map.insert(Self.session(Self.id(number), of: number / 20, endsAt: end))
                    }
                    return .of { while map.count > 0 { _ = map.sweep(at: end, budget: 256) } }
                }),
            Part("sweep: a round in which none has") {
                live.sweep(at: Self.now.steady).ended.isEmpty
            },
        ]
    }
}

extension SampleRequest {
    /// As the gate lets it through.
    var request: Request {
        var gate = RequestGate(limits: RequestLimits())
        gate.receive(octets)
        guard case .complete(let head, let body) = gate.next() else {
            preconditionFailure("the samples are whole requests")
        }
        return Request(head: head, body: body, id: RequestID(rawValue: 1), peer: .v4(0x7f00_0001))
    }
}
