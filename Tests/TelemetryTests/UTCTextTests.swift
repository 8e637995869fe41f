import Telemetry
import Testing

@Suite struct UTCTextTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00"), (-1, "1969-12-31T23:59:59"), (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"), (4_107_542_399, "2100-02-28T23:59:59"),
            (4_107_542_400, "2100-03-01T00:00:00"), (253_402_300_799, "9999-12-31T23:59:59"),
            (-62_135_596_800, "0001-01-01T00:00:00"),
        ] as [(Int64, String)])
    func writesDatesOfTheGregorianCalendar(_ seconds: Int64, _ expected: String) {
        #expect(UTCText.of(seconds) == expected)
    }

    @Test func aTimeOutOfRangeIsStillText() {
        for seconds in [Int64.min, Int64.max, 253_402_300_800, -62_167_219_201] {
            #expect(UTCText.of(seconds).utf8.count == 19)
        }
    }

    @Test func appendsToWhatIsThere() {
        var bytes = Array("at ".utf8)
        UTCText.append(1_763_617_505, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "at 2025-11-20T05:45:05")
    }
}
