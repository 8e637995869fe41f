import FoundationEssentials
import Telemetry
import Testing

@Suite struct LoggerTests {
    static let access = AccessLine(
        id: 0xff, peer: .v4(0x7f00_0001), method: "GET", path: "/api/v1/status", status: 200, microseconds: 42
    )

    @Test func writesAnEventAsText() {
        let lines = LogPipe.lines {
            $0.log(.info, "listening", ["host": "127.0.0.1", "port": 5_000, "load": 0.5, "durable": true])
        }
        #expect(
            lines == [
                "2026-11-20T05:00:00.123Z INFO listening host=127.0.0.1 port=5000 load=0.5 durable=true"
            ])
    }

    @Test func writesAnEventAsJSON() {
        let lines = LogPipe.lines(.json) {
            $0.log(.error, "no data file", ["path": "a b", "code": -5, "rate": .double(.nan), "fatal": true])
        }
        #expect(
            lines == [
                #"{"time":"2026-11-20T05:00:00.123Z","level":"error","event":"no data file","path":"a b","#
                    + #""code":-5,"rate":"nan","fatal":true}"#
            ])
    }

    @Test func writesASecurityEventWhateverItsLevel() {
        let use = { (logger: Logger) in
            logger.audit("sign_in", [("outcome", "ok"), ("count", 2), ("peer", "a b\n")])
        }
        #expect(
            LogPipe.lines(.json, isQuiet: true, level: .error, { use($0) }) == [
                #"{"time":"2026-11-20T05:00:00.123Z","level":"audit","event":"sign_in","outcome":"ok","count":2,"#
                    + #""peer":"a b\n"}"#
            ])
        #expect(
            LogPipe.lines(.text, { use($0) }) == [
                #"2026-11-20T05:00:00.123Z AUDIT sign_in outcome=ok count=2 peer="a b\n""#
            ])
    }

    @Test func writesARequestAsText() {
        var signedIn = Self.access
        signedIn.user = .init(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef)
        signedIn.peer = .v6(0x2001_0db8_0000_0000, 0x0000_0000_0000_0abc)
        let lines = LogPipe.lines {
            $0.request(Self.access)
            $0.request(signedIn)
        }
        #expect(
            lines == [
                "2026-11-20T05:00:00.123Z INFO request id=00000000000000ff peer=127.0.0.1 method=GET"
                    + " path=/api/v1/status status=200 us=42",
                "2026-11-20T05:00:00.123Z INFO request id=00000000000000ff peer=2001:db8:0:0:0:0:0:abc method=GET"
                    + " path=/api/v1/status status=200 us=42 user=01234567-89ab-4def-8123-456789abcdef",
            ])
    }

    @Test func writesARequestAsJSON() {
        var signedIn = Self.access
        signedIn.user = .init(high: 1, low: 2)
        signedIn.peer = .unknown
        #expect(
            LogPipe.lines(.json) { $0.request(signedIn) } == [
                #"{"time":"2026-11-20T05:00:00.123Z","level":"info","event":"request","id":"00000000000000ff","#
                    + #""peer":"-","method":"GET","path":"/api/v1/status","status":200,"us":42,"#
                    + #""user":"00000000-0000-0001-0000-000000000002"}"#
            ])
    }

    @Test func leavesOutWhatIsBelowItsLevel() {
        let levels = LogLevel.allCases
        for level in levels {
            let lines = LogPipe.lines(level: level) { logger in
                for event in levels { logger.log(event, "x") }
            }
            #expect(lines.count == levels.count { $0 >= level })
        }
    }

    @Test func quietLeavesOnlyWarningsErrorsAndSecurityEvents() {
        let lines = LogPipe.lines(isQuiet: true, level: .debug) { logger in
            for level in LogLevel.allCases { logger.log(level, "x") }
            logger.request(Self.access)
        }
        #expect(lines.map { $0.dropFirst(25) } == ["WARNING x", "ERROR x", "AUDIT x"])
    }

    @Test func becomesQuietAndLoudAgain() {
        let lines = LogPipe.lines { logger in
            for isQuiet in [false, true, false, true] {
                logger.isQuiet = isQuiet
                #expect(logger.isQuiet == isQuiet && logger.level == (isQuiet ? .warning : .info))
                logger.log(.info, "x")
                logger.request(Self.access)
            }
            logger.log(.error, "y")
        }
        #expect(lines.count == 5 && lines.last?.hasSuffix("ERROR y") == true)
    }

    @Test func explanationsMayBeLongerThanOtherTexts() {
        for (length, isCut) in [(256, false), (257, false), (2_048, false), (2_049, true)] {
            let text = String(repeating: "a", count: length)
            let lines = LogPipe.lines { $0.log(.info, "x", ["why": .explanation(text)]) }
            #expect(lines.count == 1 && lines[0].hasSuffix("…\"") == isCut)
            #expect(isCut || lines[0].hasSuffix(" why=\"\(text)\""))
        }
        let hostile = LogPipe.lines { $0.log(.info, "x", ["why": .explanation("a\n\u{1b}b\"c")]) }
        #expect(hostile == ["2026-11-20T05:00:00.123Z INFO x why=\"a\\n\\u001bb\\\"c\""])
    }

    @Test func doesNotBuildFieldsOfALineThatIsLeftOut() {
        var built = 0
        let lines = LogPipe.lines { logger in
            logger.log(
                .debug, "x",
                [
                    "n": .int(
                        {
                            built += 1; return built
                        }())
                ])
            logger.log(
                .info, "y",
                [
                    "n": .int(
                        {
                            built += 1; return built
                        }())
                ])
        }
        #expect(lines == ["2026-11-20T05:00:00.123Z INFO y n=1"])
    }

    @Test func theSilentLoggerWritesNothingAndFlushesAtOnce() {
        Logger.silent.log(.error, "x")
        Logger.silent.request(Self.access)
        #expect(Logger.silent.flush(atMost: 0))
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (999, "1970-01-01T00:00:00.999Z"),
            (951_782_400_005, "2000-02-29T00:00:00.005Z"), (4_107_542_399_050, "2100-02-28T23:59:59.050Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func writesTimesInUTC(milliseconds: Int64, text: String) {
        let pipe = LogPipe()
        let logger = Logger(descriptor: pipe.writeEnd, clock: { milliseconds })
        logger.log(.info, "x")
        logger.log(.info, "x")
        logger.flush()
        #expect(pipe.available() == ["\(text) INFO x", "\(text) INFO x"])
    }

    @Test func readsTheWallClockByDefault() throws {
        let pipe = LogPipe()
        let logger = Logger(descriptor: pipe.writeEnd)
        logger.log(.info, "x")
        logger.flush()
        let text = try #require(pipe.available().first).prefix(19) + "Z"
        let written = try Date(String(text), strategy: .iso8601)
        #expect(abs(written.timeIntervalSinceNow) < 60)
    }
}
