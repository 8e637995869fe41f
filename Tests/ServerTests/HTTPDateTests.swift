import Testing

@testable import Server

@Suite struct HTTPDateTests {
    private func text(_ seconds: Int) -> String {
        var date = HTTPDate()
        date.advance(to: seconds)
        return String(decoding: date.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        // The example of RFC 9110 §5.6.7: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
        (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"), (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
    ])
    func writesAnIMFFixdate(_ seconds: Int, _ expected: String) {
        #expect(text(seconds) == expected)
    }

    @Test func advancesAndGoesBack() {
        var date = HTTPDate()
        for seconds in [59, 60, 60, 3_599, 3_600, 59] {
            date.advance(to: seconds)
            #expect(String(decoding: date.bytes, as: UTF8.self) == text(seconds))
        }
    }

    @Test func isOnEveryAnswerAndCurrent() throws {
        let server = try LiveServer(respond: LiveServer.echo)
        let before = ContinuousClock.now
        var dates: Set<String> = []
        let client = try server.connect()
        // Until the second hand has moved.
        while dates.count < 2, ContinuousClock.now < before + .seconds(10) {
            let response = try #require(try client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
            let date = try #require(response.value("date"))
            #expect(date.utf8.count == 29 && date.hasSuffix(" GMT"))
            dates.insert(date)
        }
        #expect(dates.count == 2)
        #expect(server.drain())
    }
}
