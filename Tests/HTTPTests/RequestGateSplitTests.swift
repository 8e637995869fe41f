import Testing

@testable import HTTP

/// What comes out never depends on how the bytes were cut on their way.
@Suite struct RequestGateSplitTests {
    private let limits = RequestGateCorpus.limits

    @Test func hasACorpusThatReachesEverything() {
        let refusals = Set(RequestGateCorpus.texts.compactMap { RequestGateRun($0, limits).refusal })
        #expect(refusals == [400, 405, 413, 414, 417, 431, 501, 505])
        for text in RequestGateCorpus.good {
            #expect(RequestGateRun(text, limits).requests.count == 1, "\(text)")
        }
        for text in RequestGateCorpus.bad {
            // Two of them are one field, or one octet, inside a limit.
            #expect(RequestGateRun(text, limits).outcomes.count <= 1, "\(text)")
        }
    }

    @Test(arguments: RequestGateCorpus.texts)
    func givesTheSameCutAnywhereInTwo(_ text: String) {
        let octets = Array(text.utf8)
        let expected = RequestGateRun(text, limits).outcomes
        for cut in 0...octets.count {
            var run = RequestGateRun(limits)
            run.receive(octets[..<cut])
            run.receive(octets[cut...])
            #expect(run.outcomes == expected, "cut at \(cut)")
        }
    }

    @Test(arguments: RequestGateCorpus.texts)
    func givesTheSameOctetByOctet(_ text: String) {
        var run = RequestGateRun(limits)
        for octet in text.utf8 { run.receive([octet]) }
        #expect(run.outcomes == RequestGateRun(text, limits).outcomes)
    }

    @Test(arguments: RequestGateCorpus.texts)
    func givesTheSameInRandomPieces(_ text: String) {
        let octets = Array(text.utf8)
        let expected = RequestGateRun(text, limits).outcomes
        var generator = HostileOctets(seed: 20_250_101)
        for round in 0..<20 {
            var run = RequestGateRun(limits)
            var rest = octets[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 0...24, using: &generator))
                rest = rest.dropFirst(piece.count)
                // Bytes may also come twice before anybody looks.
                if Bool.random(using: &generator) { run.receive(piece) } else { run.receiveOnly(piece) }
            }
            run.drain()
            #expect(run.outcomes == expected, "round \(round)")
        }
    }

    @Test func givesTheSameForRowsOfEverything() {
        var generator = HostileOctets(seed: 4)
        for round in 0..<300 {
            let text = (0..<6).map { _ in
                (Int.random(in: 0..<12, using: &generator) == 0
                    ? RequestGateCorpus.bad : RequestGateCorpus.good)
                    .randomElement(using: &generator) ?? ""
            }.joined()
            let expected = RequestGateRun(text, limits).outcomes
            var run = RequestGateRun(limits)
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...90, using: &generator))
                rest = rest.dropFirst(piece.count)
                run.receive(piece)
            }
            #expect(run.outcomes == expected, "round \(round)")
        }
    }

    @Test func keepsFieldsOnTheirBytesWhenTheBufferIsUsedAgain() {
        var run = RequestGateRun()
        let cookies = (0..<200).map { "c\($0)=" + String(repeating: "v", count: $0 % 37) }
        var rest = Array(
            cookies.map { String.post("Cookie: \($0)", "Content-Length: 2", content: "hi") }.joined().utf8)[
                ...]
        var size = 1
        while !rest.isEmpty {
            run.receive(rest.prefix(size))
            rest = rest.dropFirst(size)
            size = size % 113 + 7
        }
        #expect(run.requests.map { $0.fields[1] } == cookies.map { "cookie: \($0)" })
        #expect(run.requests.allSatisfy { $0.body == "hi" })
    }
}
