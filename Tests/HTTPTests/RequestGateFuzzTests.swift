import Testing

@testable import HTTP

@Suite struct RequestGateFuzzTests {
    private let pieces = [
        "\r\n", "\n", "\r", "\r\n\r\n", " ", "\t", ":", ";", ",", "0\r\n\r\n", "\u{0}",
        "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n",
        "Host: a\r\n", "GET / HTTP/1.1\r\n", "ffffffffffffffff", "-", "+", "\"", "\\", "close", "HTTP/1.0",
        "é", "Expect: 100-continue\r\n",
    ]

    /// Whatever is sent: no trap, no body past the limit, nothing after a refusal, the same in any pieces.
    @Test(arguments: 1...8)
    func keepsItsPromisesForDamagedRequests(_ seed: UInt64) {
        let limits = RequestGateCorpus.limits
        var generator = HostileOctets(seed: seed)
        for _ in 0..<2_500 {
            var octets: [UInt8] = []
            for _ in 0...Int.random(in: 0...2, using: &generator) {
                octets += generator.damaged(RequestGateCorpus.texts, pieces: pieces)
            }
            let whole = outcomes(of: octets, limits, in: octets.count + 1, &generator)
            let cut = outcomes(of: octets, limits, in: 40, &generator)
            #expect(whole == cut, "\(String(decoding: octets, as: UTF8.self).debugDescription)")
            for (index, outcome) in whole.enumerated() {
                switch outcome {
                case .request(let request):
                    #expect(request.body.utf8.count <= 3 * limits.body)
                    #expect(request.method != .connect)
                    #expect(request.path.hasPrefix("/") || request.path == "*")
                    #expect(request.isVersion10 || request.fields.count { $0.hasPrefix("host:") } == 1)
                    #expect(
                        request.fields.count {
                            $0.hasPrefix("content-length:") || $0.hasPrefix("transfer-encoding:")
                        } <= 1)
                case .refused(let refusal):
                    #expect(index == whole.count - 1, "something came after a refusal")
                    #expect([400, 405, 413, 414, 417, 431, 501, 505].contains(refusal.status.rawValue))
                }
            }
        }
    }

    private func outcomes(
        of octets: [UInt8], _ limits: RequestLimits, in size: Int, _ generator: inout HostileOctets
    ) -> [RequestGateRun.Outcome] {
        var run = RequestGateRun(limits)
        var rest = octets[...]
        while !rest.isEmpty {
            let piece = rest.prefix(size > octets.count ? size : Int.random(in: 1...size, using: &generator))
            rest = rest.dropFirst(piece.count)
            run.receive(piece)
        }
        return run.outcomes
    }
}
