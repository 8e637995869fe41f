import HTTP
import Testing

@testable import Server

/// What is kept from one answer to the next must not show.
@Suite struct ResponseWriterTests {
    private static let fields = ResponseField("Cache-Control", "max-age=60")

    private static let answers = [
        Response(status: .ok, body: Array("1".utf8)), Response(status: .forbidden, body: Array("22".utf8)),
        Response(status: .ok, fields: [fields], body: Array("1".utf8)), Response(status: .noContent),
        Response(status: .noContent, fields: [fields]), Response(status: .ok),
    ]

    private func text(_ writer: inout ResponseWriter, _ response: Response, _ seconds: Int) -> String {
        writer.write(
            response, ResponseWriter.Context(id: RequestID(rawValue: 0x1f2e_3d4c_5b6a_7988)), seconds: seconds
        )
        return String(decoding: writer.buffer, as: UTF8.self)
    }

    /// Each after each, in the same second, in the next, and back again: as from a writer that has written nothing yet.
    @Test func answersOfEveryKindInTurnsAreWhatEachIsAlone() {
        var writer = ResponseWriter()
        for first in Self.answers {
            for second in Self.answers {
                for seconds in [1_000, 1_000, 1_001, 1_000] {
                    for response in [first, second] {
                        var fresh = ResponseWriter()
                        #expect(text(&writer, response, seconds) == text(&fresh, response, seconds))
                    }
                }
            }
        }
    }

    @Test func writesTheNumberAndTheSecond() {
        var writer = ResponseWriter()
        let one = text(&writer, Self.answers[0], 0)
        #expect(one.contains("X-Request-Id: 1f2e3d4c5b6a7988\r\n"))
        #expect(one.contains("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"))
        #expect(text(&writer, Self.answers[0], 1).contains("Date: Thu, 01 Jan 1970 00:00:01 GMT\r\n"))
    }
}
